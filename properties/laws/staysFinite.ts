import type { NdArray } from '../../lib/data/ndArray.ts'
import { type Tree, treeLeaves } from '../../lib/data/tree.ts'
import { Broken, type Law } from './law.ts'
import { runs } from './runs.ts'

const lists = (tree: unknown): number[][] => treeLeaves(tree as Tree<NdArray>).map(({ data }) => [...data])

/**
 * Finite gradients give finite updates from the first step on, zeros among them; where there is a formula, wherever the formula's are finite. What
 * breaks it: 0/0 at the first step, as by the bias correction 1 − b^t of the count before.
 */
export const staysFinite: Law = {
  name: 'answers finite gradients with finite updates',
  worlds: 'float64',
  numbers: 'ordinary',
  steps: 3,
  applies: () => true,
  holds: ({ tx, formula }, world, scenario) =>
    runs(tx.form, world, scenario, async ({ machine, params, state, step, read }) => {
      const expect = formula?.()
      let now = state
      for (const [t, { grads }] of scenario.steps.entries()) {
        const given = step(t)
        const made = machine.update(given.grads, now, params, given.extra)
        const meant = expect?.(lists(grads), lists(scenario.params))
        lists(await read(made.updates)).forEach((leaf, i) => {
          const wrong = leaf.findIndex((u, j) => !Number.isFinite(u) && Number.isFinite(meant?.[i]?.[j] ?? 0))
          if (wrong >= 0) throw new Broken(`update ${t + 1}, leaf ${i}, element ${wrong}: ${leaf[wrong]}`)
        })
        now = made.state
      }
    }),
}
