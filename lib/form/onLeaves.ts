/** Trees cut to some leaves: what a transformation written by hand sees under `masked` and `partition`. */

import { isBranch, leavesLike, type Tree, treeFaults, treeLeaves, treeMap } from '../data/tree.ts'
import type { LeafInfo } from '../expr/expr.ts'
import type { Shaped } from '../hosts/engine.ts'
import type { LeafCheck } from '../hosts/host.ts'
import type { Extra } from './form.ts'

/** Which leaves. */
export type LeafTest = (leaf: LeafInfo) => boolean

/** The tree with a hole, `[]`, for every leaf that fails the test. */
export const only = <B extends Shaped>(tree: Tree<B>, skeleton: Tree<LeafInfo>, test: LeafTest): Tree<B> => {
  const leaves = leavesLike(skeleton, tree)
  let next = 0
  return treeMap(skeleton, (leaf) => {
    const found = leaves[next++] as B
    return test(leaf) ? found : ([] as unknown as B)
  })
}

/** What is given by name, the trees among it with their own leaves only. */
export const extraOnly = (extra: Extra, skeleton: Tree<LeafInfo>, test: LeafTest, check: LeafCheck): Extra => {
  const isLike = (x: unknown): x is Tree<Shaped> =>
    isBranch(x) &&
    treeFaults(skeleton, x as Tree<unknown>, '').length === 0 &&
    treeLeaves(x as Tree<unknown>).every((leaf) => !check(leaf, undefined))
  return Object.fromEntries(Object.entries(extra).map(([key, x]) => [key, isLike(x) ? only(x, skeleton, test) : x]))
}

/** A tree with what was made for some leaves in their places. */
export const merge = <B extends Shaped>(tree: Tree<B>, made: Tree<B>, skeleton: Tree<LeafInfo>): Tree<B> => {
  const [all, some] = [leavesLike(skeleton, tree), leavesLike(skeleton, made)]
  let next = 0
  return treeMap(skeleton, () => {
    const i = next++
    return (isBranch(some[i]) ? all[i] : some[i]) as B
  })
}
