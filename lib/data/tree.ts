import { type Fault, faultAt, raiseAs } from '../errors/error.ts'
import { lacking, unwanted, wrongKind } from '../errors/kinds.ts'
import { branchText, noFunction, otherStructure } from '../errors/trees.ts'
import { holeIn, isBranch, isRecord, put } from './branch.ts'
import { type Path, pathText } from './path.ts'
import { deepest, formFaults, raiseForm } from './treeForm.ts'
import type { LeafOf, ShapedTree, Tree, TreeWith } from './treeLike.ts'

type Branch<A> = readonly Tree<A>[] | { readonly [key: string]: Tree<A> }

export type { Tree } from './treeLike.ts'
export { isBranch }

const branchMap = <A, B>(branch: Branch<A>, f: (child: Tree<A>, step: string | number) => Tree<B>): Tree<B> => {
  if (Array.isArray(branch)) return (branch as readonly Tree<A>[]).map(f)
  const record = branch as Readonly<Record<string, Tree<A>>>
  const made: Record<string, Tree<B>> = {}
  for (const key of Object.keys(record)) put(made, key, f(record[key] as Tree<A>, key))
  return made
}

/** Stops where a walk would not end well; `root` is where it set out. */
const mayEnter = (branch: object, depth: number, root: unknown): void => {
  if (depth > deepest || (Array.isArray(branch) && holeIn(branch) >= 0)) raiseForm(root)
}

const checkFunction = (where: string, f: unknown): void => {
  if (typeof f !== 'function') throw noFunction(where, f)
}

const mapAt = <A, B>(tree: Tree<A>, f: (leaf: A, path: Path) => B, path: Path, root: Tree<A>): Tree<B> => {
  if (!isBranch(tree)) return f(tree as A, path)
  mayEnter(tree, path.length, root)
  return branchMap(tree as Branch<A>, (child, step) => mapAt(child, f, [...path, step], root))
}

/**
 * Applies `f` to every leaf; the structure stays.
 *
 * Laws: `treeMap(t, x => x)` equals `t`; `treeMap(treeMap(t, f), g)` equals `treeMap(t, x => g(f(x)))`.
 *
 * Errors: `tree-mismatch` for a cycle, an array with holes, and more than 500 levels.
 */
// Named `At` for calls with types of their own, `treeMap<A, B>`: they mean the signature below.
export function treeMap<T, B, At extends Path>(
  tree: T & ShapedTree<T>,
  f: (leaf: LeafOf<T>, path: At) => B,
): TreeWith<T, B>
export function treeMap<A, B>(tree: Tree<A>, f: (leaf: A, path: Path) => B): Tree<B>
export function treeMap<A, B>(tree: Tree<A>, f: (leaf: A, path: Path) => B): Tree<B> {
  checkFunction('treeMap', f)
  return mapAt(tree, f, [], tree)
}

/** The leaves from left to right. */
export const treeLeaves = <A>(tree: Tree<A>): A[] => {
  const leaves: A[] = []
  collect(tree, leaves, 0, tree)
  return leaves
}

const collect = <A>(tree: Tree<A>, into: A[], depth: number, root: Tree<A>): void => {
  if (!isBranch(tree)) {
    into.push(tree as A)
    return
  }
  mayEnter(tree, depth, root)
  if (Array.isArray(tree)) for (const child of tree) collect(child as Tree<A>, into, depth + 1, root)
  else {
    const record = tree as Readonly<Record<string, Tree<A>>>
    for (const key of Object.keys(record)) collect(record[key] as Tree<A>, into, depth + 1, root)
  }
}

/** The path of every leaf, in the order of `treeLeaves`, as text: `layers[1].w`. */
export const treePaths = <A>(tree: Tree<A>): string[] => treeEntries(tree).map(([path]) => pathText(path))

/** Every leaf with its path, in the order of `treeLeaves`. */
export const treeEntries = <A>(tree: Tree<A>): (readonly [Path, A])[] => {
  const entries: (readonly [Path, A])[] = []
  treeMap(tree, (leaf, path) => entries.push([path, leaf]))
  return entries
}

/** Folds the leaves from left to right. */
export const treeReduce = <A, B>(tree: Tree<A>, f: (sum: B, leaf: A) => B, start: B): B => {
  checkFunction('treeReduce', f)
  return treeLeaves(tree).reduce(f, start)
}

/** A tree of the same structure with these leaves, taken from left to right. */
export const treeWithLeaves = <A, B>(tree: Tree<A>, leaves: readonly B[]): Tree<B> => {
  let next = 0
  return treeMap(tree, () => leaves[next++] as B)
}

const kind = (tree: unknown): string => branchText(tree, isRecord(tree))

/**
 * Lists where `other` is not shaped like `tree`: missing and extra keys, branches for leaves, leaves for branches; before that, where one of
 * them is no tree at all. The list is empty when the structures agree. `name` is what the root is called in a fault.
 */
export const treeFaults = (tree: Tree<unknown>, other: Tree<unknown>, name: string, path: Path = []): Fault[] => {
  const none = [...formFaults(tree, path, name), ...formFaults(other, path, name)]
  return none.length > 0 ? none : faultsBetween(tree, other, name, path)
}

const faultsBetween = (tree: Tree<unknown>, other: Tree<unknown>, name: string, path: Path): Fault[] => {
  const where = pathText(path, name)
  if (!isBranch(tree)) {
    return isBranch(other) ? [faultAt(where, kind(tree), kind(other))] : []
  }
  if (!isBranch(other)) return [wrongKind(where, kind(tree), other)]
  if (Array.isArray(tree) !== Array.isArray(other)) return [faultAt(where, kind(tree), kind(other))]
  if (Array.isArray(tree) && Array.isArray(other) && tree.length !== other.length) {
    return [faultAt(where, kind(tree), kind(other))]
  }
  const left = tree as Readonly<Record<string, Tree<unknown>>>
  const right = other as Readonly<Record<string, Tree<unknown>>>
  const step = (key: string): Path => [...path, Array.isArray(tree) ? Number(key) : key]
  const extra = Object.keys(right).filter((key) => !Object.hasOwn(left, key))
  return [
    ...Object.keys(left).flatMap((key): Fault[] =>
      Object.hasOwn(right, key)
        ? faultsBetween(left[key], right[key], name, step(key))
        : [lacking(pathText(step(key), name), kind(left[key]))],
    ),
    ...extra.map((key) => unwanted(pathText(step(key), name), right[key])),
  ]
}

/**
 * Lists the leaves of `other` in the order of the leaves of `tree`, whatever the order of its record keys.
 * The caller has made sure with `treeFaults` that the structures agree.
 */
export const leavesLike = <A>(tree: Tree<unknown>, other: Tree<A>): A[] => {
  const leaves: A[] = []
  collectLike(tree, other, leaves)
  return leaves
}

const collectLike = <A>(tree: Tree<unknown>, other: Tree<A>, into: A[]): void => {
  if (Array.isArray(tree)) {
    for (let i = 0; i < tree.length; i++) collectLike(tree[i], (other as readonly Tree<A>[])[i] as Tree<A>, into)
  } else if (isRecord(tree)) {
    for (const key of Object.keys(tree)) {
      collectLike(tree[key], (other as Readonly<Record<string, Tree<A>>>)[key] as Tree<A>, into)
    }
  } else into.push(other as A)
}

/**
 * Combines two trees of the same structure, leaf by leaf.
 *
 * Errors: `tree-mismatch` with every place where the structures differ.
 */
export const treeZip = <A, B, C>(a: Tree<A>, b: Tree<B>, f: (a: A, b: B, path: Path) => C): Tree<C> => {
  checkFunction('treeZip', f)
  raiseAs(otherStructure, treeFaults(a, b, '(root)'))
  const right = leavesLike(a, b)
  let next = 0
  return treeMap(a, (leaf, path) => f(leaf, right[next++] as B, path))
}

// ---------------------------------------------------------------------------------------------------------------------
