import { NdArray } from '../../lib/data/ndArray.ts'
import { type Tree, treeMap } from '../../lib/data/tree.ts'
import type { Law } from './law.ts'
import { runThrough } from './runs.ts'
import { sameNumbers, within } from './same.ts'

const plus = (tree: unknown, c: number): Tree<NdArray> =>
  treeMap(
    tree as Tree<NdArray>,
    ({ data, shape }) =>
      new NdArray(
        data.map((x) => x + c),
        shape,
      ),
  )

const shift = 8

/** The same gradients lead from shifted parameters to parameters that are shifted as much: where the origin is does not count. `shifts` says so. */
export const shiftsWithParams: Law = {
  name: 'shifts with its parameters',
  worlds: 'float64',
  numbers: 'ordinary',
  steps: 4,
  applies: ({ shifts, signals, extraTrees }) => shifts && signals.length + extraTrees.length === 0,
  holds: async ({ tx }, world, scenario) => {
    const before = await runThrough(tx.form, world, scenario, 'step')
    const moved = await runThrough(tx.form, world, { ...scenario, params: plus(scenario.params, shift) }, 'step')
    // Relative to the shift, which is what rounds.
    sameNumbers('the parameters from shifted ones', moved.params, plus(before.params, shift), within(1e-9, shift))
  },
}
