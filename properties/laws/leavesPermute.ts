import type { NdArray } from '../../lib/data/ndArray.ts'
import { type Tree, treeLeaves } from '../../lib/data/tree.ts'
import type { Given, Scenario } from '../arbitraries/scenarios.ts'
import type { Law } from './law.ts'
import { runThrough } from './runs.ts'
import { bitForBit, sameNumbers, within } from './same.ts'

type Arrange = (tree: Tree<NdArray>) => Tree<NdArray>

/** A scenario with each of its trees arranged anew. */
export const arranged = (arrange: Arrange, { params, steps }: Scenario): Scenario => ({
  params: arrange(params),
  steps: steps.map(
    ({ grads, signals, trees }): Given => ({
      grads: arrange(grads),
      signals,
      trees: Object.fromEntries(Object.entries(trees).map(([name, tree]) => [name, arrange(tree)])),
    }),
  ),
})

const asList: Arrange = (tree) => treeLeaves(tree)
const backwards: Arrange = (tree) => treeLeaves(tree).reverse()

/**
 * Neither the order of the leaves nor the shape of the tree matters: bit for bit where nothing is summed, else within 1e-5, since sums of
 * floats depend on their order.
 */
export const leavesPermute: Law = {
  name: 'commutes with permuting leaves',
  worlds: 'both',
  numbers: 'ordinary',
  steps: 2,
  applies: ({ symmetric }) => symmetric,
  holds: async ({ tx, pointwise }, world, scenario) => {
    const alike = pointwise ? bitForBit : within(1e-5, 1e-3)
    const { params: forward } = await runThrough(tx.form, world, arranged(asList, scenario), 'step')
    const { params: backward } = await runThrough(tx.form, world, arranged(backwards, scenario), 'step')
    const { params } = await runThrough(tx.form, world, scenario, 'step')
    const leaves = (tree: unknown): NdArray[] => treeLeaves(tree as Tree<NdArray>)
    sameNumbers('params of the list of leaves', leaves(forward), leaves(params), alike)
    sameNumbers('params of the list backwards', leaves(backward).reverse(), leaves(params), alike)
  },
}
