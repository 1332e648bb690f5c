/** Structures made ready for walking: a step of a training loop walks every tree again. */
import { isBranch, own } from './branch.ts'
import type { Tree } from './tree.ts'

/** What a tree looks like: at a leaf its number, at a branch the branch's keys (none for an array) and what is below. */
export type Outline = number | { readonly keys: readonly string[] | undefined; readonly children: readonly Outline[] }

/** The outline of a tree, its leaves numbered by `numberOf`. */
export const outlineOf = <A>(tree: Tree<A>, numberOf: (leaf: A) => number): Outline => {
  if (!isBranch(tree)) return numberOf(tree as A)
  const children = Object.values(tree).map((child) => outlineOf(child as Tree<A>, numberOf))
  return { keys: Array.isArray(tree) ? undefined : Object.keys(tree), children }
}

/** The outline of a tree, its leaves numbered from left to right. */
export const outlineInOrder = (tree: Tree<unknown>): Outline => {
  let next = 0
  return outlineOf(tree, () => next++)
}

/**
 * Puts what stands at the leaves of the outline `into` a list, by number. False when the tree has another structure, and then some may
 * be there already. A leaf is taken for what it is, even where it is a branch.
 */
export const collect = (outline: Outline, tree: unknown, into: unknown[]): boolean => {
  if (typeof outline === 'number') {
    into[outline] = tree
    return tree !== undefined
  }
  const { keys, children } = outline
  return keys ? collectRecord(keys, children, tree, into) : collectArray(children, tree, into)
}

/** What stands at the first leaf of an outline; nothing where it has none, or the tree has not got it. */
export const firstLeaf = (outline: Outline, tree: unknown): unknown => {
  if (typeof outline === 'number') return tree
  if (!isBranch(tree)) return undefined
  const { keys, children } = outline
  for (let i = 0; i < children.length; i++) {
    const child = own(tree, keys ? (keys[i] as string) : i)
    const found = firstLeaf(children[i] as Outline, child)
    if (found !== undefined) return found
  }
  return undefined
}

/** The tree of an outline whose leaves are those of a list, by number: what `collect` takes apart. */
export const treeOf = <A>(outline: Outline, leaves: readonly A[]): Tree<A> => {
  if (typeof outline === 'number') return leaves[outline] as A
  const { keys, children } = outline
  if (!keys) {
    const tree = new Array<Tree<A>>(children.length)
    for (let i = 0; i < tree.length; i++) tree[i] = treeOf(children[i] as Outline, leaves)
    return tree
  }
  return Object.fromEntries(keys.map((key, i) => [key, treeOf(children[i] as Outline, leaves)]))
}

const collectArray = (children: readonly Outline[], tree: unknown, into: unknown[]): boolean => {
  if (!Array.isArray(tree) || tree.length !== children.length) return false
  for (let i = 0; i < children.length; i++) if (!collect(children[i] as Outline, tree[i], into)) return false
  return true
}

const collectRecord = (
  keys: readonly string[],
  children: readonly Outline[],
  tree: unknown,
  into: unknown[],
): boolean => {
  if (Array.isArray(tree) || !isBranch(tree)) return false
  const record = tree as Readonly<Record<string, unknown>>
  const has = Object.keys(record)
  if (has.length !== keys.length) return false
  // What stands in its usual place need not be looked for: on a record of a thousand leaves that would be a third of a step.
  const values = Object.values(record)
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string
    const isUsual = has[i] === key
    if (!isUsual && !Object.hasOwn(record, key)) return false
    if (!collect(children[i] as Outline, isUsual ? values[i] : record[key], into)) return false
  }
  return true
}
