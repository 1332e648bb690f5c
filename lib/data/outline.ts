/** Structures made ready for walking: a step of a training loop walks every tree again. */
import { isBranch, isRecord, put } from './branch.ts'
import type { Tree } from './tree.ts'

/** What a tree looks like: at a leaf its number, at a branch the branch's keys (none for an array) and what is below. */
export type Outline = number | Branch

interface Branch {
  readonly keys: readonly string[] | undefined
  readonly children: readonly Outline[]
  /** The number of the first child, where all are leaves and numbered one behind the other. */
  readonly first: number | undefined
}

/** The outline of a tree, its leaves numbered by `numberOf`. */
export const outlineOf = <A>(tree: Tree<A>, numberOf: (leaf: A) => number): Outline => {
  if (!isBranch(tree)) return numberOf(tree as A)
  const children = Object.values(tree).map((child) => outlineOf(child as Tree<A>, numberOf))
  return { keys: Array.isArray(tree) ? undefined : Object.keys(tree), children, first: firstOf(children) }
}

const firstOf = (children: readonly Outline[]): number | undefined => {
  const [first] = children
  return typeof first === 'number' && children.every((child, i) => child === first + i) ? first : undefined
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
  const values = valuesOf(outline, tree)
  if (!values) return false
  const { children } = outline
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
  const values = valuesOf(outline, tree)
  if (!values) return false
  const { children, first } = outline
  const isMany = list.length > most
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (first === undefined) {
      if (!holds(children[i] as Outline, value, list)) return false
    } else if (value === undefined || !(isMany ? Object.is(value, list[first + i]) : value === list[first + i]))
      return false
  }
  return true
}

/** What stands at the children of a branch, in their order; nothing where the tree has others. */
const valuesOf = ({ keys, children }: Branch, tree: unknown): readonly unknown[] | undefined => {
  const values = keys ? valuesIn(tree, keys) : Array.isArray(tree) ? tree : undefined
  return values?.length === children.length ? values : undefined
}

/**
 * A record of more keys is a table of hashes in V8, of which `Object.values` takes three times as long as looking up each key. And to ask of more objects
 * of what kind they are, as `===` does, is a way to the memory for each: `Object.is` looks at the references alone.
 */
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
    put(tree, keys ? (keys[i] as string) : i, value)
  }
  return tree
}
