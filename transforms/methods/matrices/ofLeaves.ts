/** Trees whose leaves stand beside those of another tree. */
import type { Path } from '../../../lib/data/path.ts'
import { type Tree, treeEntries, treeMap } from '../../../lib/data/tree.ts'

/** What stands at a path of a tree, whether it is a leaf or more. */
export const at = (tree: unknown, path: Path): unknown =>
  path.reduce<unknown>((found, key) => (found as Readonly<Record<string | number, unknown>>)[key], tree)

/** One result for every leaf of a tree, in the order of `treeEntries`, by which it has its place. */
export const ofLeaves = <A, R>(tree: Tree<A>, f: (leaf: A, path: Path, place: number) => R): R[] =>
  treeEntries(tree).map(([path, leaf], place) => f(leaf, path, place))

/** A tree of the structure of another, with these in the places of its leaves. */
export const likeTree = <R>(tree: Tree<unknown>, results: readonly R[]): Tree<R> => {
  let next = 0
  return treeMap(tree as Tree<never>, () => results[next++] as R)
}
