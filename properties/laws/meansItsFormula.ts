import type { NdArray } from '../../lib/data/ndArray.ts'
import { type Tree, treeLeaves } from '../../lib/data/tree.ts'
import { Broken, type Law } from './law.ts'
import { runs } from './runs.ts'
import { within } from './same.ts'
import type { Formula } from './subject.ts'

const alike = within(1e-9, 1e-6)
const lists = (tree: unknown): number[][] => treeLeaves(tree as Tree<NdArray>).map(({ data }) => [...data])

/** The updates are those of the formula, computed a second time by plain arithmetic: within 1e-9 in float64. */
export const meansItsFormula: Law = {
  name: 'means its formula',
  worlds: 'float64',
  numbers: 'ordinary',
  steps: 4,
  applies: ({ formula, signals, extraTrees }) => formula !== undefined && signals.length + extraTrees.length === 0,
  holds: ({ tx, formula }, world, scenario) =>
    runs(tx.form, world, scenario, async ({ machine, params, state, step, read }) => {
      const expect = (formula as Formula)()
      let now = state
      for (const [t, { grads }] of scenario.steps.entries()) {
        const made = machine.update(step(t).grads, now, params)
        compare(t, lists(await read(made.updates)), expect(lists(grads), lists(scenario.params)))
        now = made.state
      }
    }),
}

const compare = (t: number, updates: readonly number[][], expected: readonly (readonly number[])[]): void => {
  updates.forEach((leaf, i) => {
    leaf.forEach((u, j) => {
      const v = expected[i]?.[j] as number
      if (!alike(u, v)) throw new Broken(`update ${t + 1}, leaf ${i}, element ${j}: ${u}, by the formula ${v}`)
    })
  })
}
