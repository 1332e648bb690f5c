/** Structures made ready for walking: a step of a training loop walks every tree again. */
import { isBranch, isRecord } from './branch.ts'
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
  const values = keys ? valuesIn(tree, keys) : Array.isArray(tree) ? tree : undefined
  if (values?.length !== children.length) return false
  for (let i = 0; i < children.length; i++) {
    const child = children[i] as Outline
    // Not by a call of its own for each leaf: most of a tree are leaves.
    if (typeof child !== 'number') {
      if (!collect(child, values[i], into)) return false
    } else {
      if (values[i] === undefined) return false
      into[child] = values[i]
    }
  }
  return true
}

/** True where a tree has the structure of an outline and, at its leaves, what a list holds by number. */
export const holds = (outline: Outline, tree: unknown, list: readonly unknown[]): boolean => {
  if (typeof outline === 'number') return tree !== undefined && tree === list[outline]
  const { keys, children } = outline
  const values = keys ? valuesIn(tree, keys) : Array.isArray(tree) ? tree : undefined
  if (values?.length !== children.length) return false
  for (let i = 0; i < children.length; i++) {
    const child = children[i] as Outline
    if (
      typeof child === 'number' ? values[i] === undefined || values[i] !== list[child] : !holds(child, values[i], list)
    )
      return false
  }
  return true
}

/** A record of more keys is a table of hashes in V8, of which `Object.values` takes three times as long as looking up each key. */
const most = 1000

/** What a record holds, in the order of `keys`; nothing where it has others. */
const valuesIn = (record: unknown, keys: readonly string[]): readonly unknown[] | undefined => {
  if (!isRecord(record)) return undefined
  const has = Object.keys(record)
  if (has.length !== keys.length) return undefined
  // What stands in its usual place need not be looked for: on a record of a thousand leaves that would be a third of a step.
  const values: unknown[] = keys.length > most ? has.map((key) => record[key]) : Object.values(record)
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string
    if (has[i] === key) continue
    if (!Object.hasOwn(record, key)) return undefined
    values[i] = record[key]
  }
  return values
}

/** The tree of an outline whose leaves are those of a list, by number: what `collect` takes apart. */
export const treeOf = <A>(outline: Outline, leaves: readonly A[]): Tree<A> => {
  if (typeof outline === 'number') return leaves[outline] as A
  const { keys, children } = outline
  const tree = (keys ? {} : new Array(children.length)) as Record<string | number, Tree<A>>
  for (let i = 0; i < children.length; i++) {
    const child = children[i] as Outline
    const value = typeof child === 'number' ? (leaves[child] as A) : treeOf(child, leaves)
    const key = keys ? (keys[i] as string) : i
    if (key === '__proto__') Object.defineProperty(tree, key, { ...plain, value })
    else tree[key] = value
  }
  return tree
}

/** What an assignment makes of a key, but of this one. */
const plain = { configurable: true, enumerable: true, writable: true }
