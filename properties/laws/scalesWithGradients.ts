import { NdArray } from '../../lib/data/ndArray.ts'
import { type Tree, treeMap } from '../../lib/data/tree.ts'
import type { Scenario } from '../arbitraries/scenarios.ts'
import type { Law } from './law.ts'
import { runThrough } from './runs.ts'
import { sameNumbers, within } from './same.ts'
import type { Subject } from './subject.ts'
import type { World } from './world.ts'

const times = (tree: unknown, c: number): Tree<NdArray> =>
  treeMap(
    tree as Tree<NdArray>,
    ({ data, shape }) =>
      new NdArray(
        data.map((x) => x * c),
        shape,
      ),
  )

/** A power of two, so that nothing rounds, and a negative one. */
const factors = [8, -0.5]

/** The updates after all steps. */
const updated = (form: Subject['tx']['form'], world: World, scenario: Scenario) =>
  runThrough(form, world, scenario, 'update').then(({ updates }) => updates as Tree<NdArray>)

/**
 * With all gradients times c the updates are those of before times sign(c)·|c|^degree: of degree 1 where a rule is linear in them, of degree 0
 * where their size does not count (Lion; Adam up to its eps). `scales` says so: the degree, and how far updates may be apart.
 */
export const scalesWithGradients: Law = {
  name: 'scales with its gradients',
  worlds: 'float64',
  numbers: 'ordinary',
  steps: 4,
  applies: ({ scales, signals, extraTrees }) => scales !== undefined && signals.length + extraTrees.length === 0,
  holds: async ({ tx, scales }, world, scenario) => {
    const { degree, within: far = 1e-9 } = scales as NonNullable<Subject['scales']>
    const before = await updated(tx.form, world as unknown as World, scenario)
    for (const c of factors) {
      const steps = scenario.steps.map((step) => ({ ...step, grads: times(step.grads, c) }))
      const after = await updated(tx.form, world as unknown as World, { ...scenario, steps })
      const meant = times(before, Math.sign(c) * Math.abs(c) ** degree)
      sameNumbers(`the updates of ${c} times the gradients`, after, meant, within(far, 1e-9))
    }
  },
}
