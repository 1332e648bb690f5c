/** What a run is given, as lists over the leaves. */

import { collect, type Outline } from '../data/outline.ts'
import type { Tree } from '../data/tree.ts'
import type { Shaped } from '../engines/engine.ts'
import type { LeafInfo } from '../expr/expr.ts'
import type { Rule } from '../rule/rule.ts'
import type { LeafCheck } from './check.ts'
import type { SlotValue } from './execute.ts'
import type { RunGiven } from './given.ts'
import { type Bound, knownBounds } from './layout.ts'

export interface Flat<B> {
  readonly bound: Bound
  readonly grads: readonly B[]
  readonly params: readonly B[] | undefined
  readonly slots: readonly SlotValue<B>[]
  /** What stands in the state where a slot is: a number, or the tree that `slots` lists the leaves of. */
  readonly slotTrees: readonly unknown[]
  readonly extras: Readonly<Record<string, readonly B[]>>
}

/**
 * What the last donated run on a layout gave back, by parameters and slots: buffers that are all different. They come in again,
 * which is what a training loop does, and then nobody has to look for duplicates among them.
 */
export interface Returned {
  readonly lists: readonly (readonly unknown[] | undefined)[]
  readonly identities: ReadonlySet<unknown>
}

export const returned = new WeakMap<Bound, Returned>()

/** The very list that was returned, where this one holds the same: engines know it again. */
const recognise = <L extends readonly unknown[]>(known: readonly unknown[] | undefined, list: L): L =>
  known && sameList(known, list) ? (known as L) : list

const scalar: readonly number[] = []

/** The leaves of a tree, or nothing where its structure or one of its leaves is not what it should be. */
const leavesOf = <B>(
  outline: Outline,
  tree: unknown,
  leaves: readonly LeafInfo[],
  check: LeafCheck,
  present?: readonly boolean[],
  scalars = false,
): B[] | undefined => {
  const found = new Array<unknown>(leaves.length)
  if (!collect(outline, tree, found)) return undefined
  for (let i = 0; i < found.length; i++) {
    if (present && !present[i]) continue
    if (check(found[i], scalars ? scalar : leaves[i]?.shape)) return undefined
  }
  return found as B[]
}

const slotsOf = <B>(bound: Bound, trees: readonly unknown[], check: LeafCheck): SlotValue<B>[] | undefined => {
  const slots: SlotValue<B>[] = []
  for (const [i, { slot, outline, present }] of bound.slots.entries()) {
    const tree = trees[i]
    const value =
      slot.rank === 'step'
        ? tree
        : leavesOf<B>(outline, tree, bound.layout.leaves, check, present, slot.rank === 'leaf')
    if (slot.rank === 'step' ? typeof value !== 'number' : value === undefined) return undefined
    slots.push(value as SlotValue<B>)
  }
  return slots
}

const flatOn = <B extends Shaped>(
  bound: Bound,
  given: RunGiven<B>,
  extraNames: readonly string[],
  check: LeafCheck,
): Flat<B> | undefined => {
  const { leaves, outline } = bound.layout
  const list = (tree: unknown): B[] | undefined => leavesOf<B>(outline, tree, leaves, check)
  const params = given.params === undefined ? undefined : list(given.params)
  if (given.params !== undefined && !params) return undefined
  const grads = list(given.grads)
  const slotTrees: unknown[] = []
  if (!grads || !collect(bound.state, given.state, slotTrees)) return undefined
  const slots = slotsOf<B>(bound, slotTrees, check)
  if (!slots) return undefined
  const extras: Record<string, B[]> = {}
  for (const name of extraNames) {
    const found = list(given.extra?.[name])
    if (!found) return undefined
    extras[name] = found
  }
  const [paramsBefore, ...slotsBefore] = returned.get(bound)?.lists ?? []
  return {
    bound,
    grads,
    params: params && recognise(paramsBefore, params),
    slots: slots.map((slot, i) => (typeof slot === 'number' ? slot : recognise(slotsBefore[i], slot))),
    slotTrees,
    extras,
  }
}

/**
 * Everything as lists, on a layout that the rule was run on before; nothing where there is none or where anything is wrong. One look at
 * each leaf: this is what a step of a training loop does, and the words for what is wrong are looked for only then.
 */
export const flatOf = <B extends Shaped>(
  rule: Rule,
  given: RunGiven<B>,
  extraNames: readonly string[],
  check: LeafCheck,
): Flat<B> | undefined => {
  for (const bound of knownBounds(rule)) {
    const flat = flatOn(bound, given, extraNames, check)
    if (flat) return flat
  }
  return undefined
}

/** True when two lists hold the same objects. */
export const sameList = (a: readonly unknown[], b: readonly unknown[]): boolean => {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

// A tree whose leaves were all written in place is given back as it is.

/** `tree` where it already holds these buffers, else one that does. */
export const keepTree = <B>(
  tree: unknown,
  before: readonly (B | undefined)[] | undefined,
  after: readonly (B | undefined)[],
  build: () => Tree<B>,
): Tree<B> => (before && sameList(before, after) ? (tree as Tree<B>) : build())
