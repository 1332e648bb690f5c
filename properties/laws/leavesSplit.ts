import { NdArray } from '../../lib/data/ndArray.ts'
import { type Tree, treeLeaves } from '../../lib/data/tree.ts'
import type { Law } from './law.ts'
import { arranged } from './leavesPermute.ts'
import { runThrough } from './runs.ts'
import { sameNumbers } from './same.ts'

const line = (data: Float64Array): NdArray => new NdArray(data, [data.length])

/** Two leaves for each: a third of its elements, and the rest. */
const split = (tree: Tree<NdArray>): Tree<NdArray> =>
  treeLeaves(tree).map(({ data }) => {
    const at = Math.floor(data.length / 3)
    return { head: line(data.slice(0, at)), tail: line(data.slice(at)) }
  })

/** One leaf of all elements. */
const joined = (tree: Tree<NdArray>): Tree<NdArray> => ({
  all: line(Float64Array.from(treeLeaves(tree).flatMap(({ data }) => [...data]))),
})

/** Where every element is on its own, it does not matter how they are divided into leaves: bit for bit. */
export const leavesSplit: Law = {
  name: 'commutes with splitting leaves',
  worlds: 'both',
  numbers: 'any',
  steps: 2,
  applies: ({ pointwise }) => pointwise,
  holds: async ({ tx }, world, scenario) => {
    const run = async (arrange: (tree: Tree<NdArray>) => Tree<NdArray>) =>
      joined((await runThrough(tx.form, world, arranged(arrange, scenario), 'step')).params as Tree<NdArray>)
    const whole = await run((tree) => tree)
    sameNumbers('params of split leaves', await run(split), whole)
    sameNumbers('params of joined leaves', await run(joined), whole)
  },
}
