/** What a run is given, as lists over the leaves. */

import { own } from '../data/branch.ts'
import { collect, type Outline, treeOf } from '../data/outline.ts'
import { sameList } from '../data/sameList.ts'
import type { Tree } from '../data/tree.ts'
import type { LeafInfo } from '../expr/expr.ts'
import type { Extra } from '../form/form.ts'
import type { RunGiven, RunMade } from '../form/given.ts'
import { type Bound, knownBounds, type SlotLayout } from '../form/layout.ts'
import { isNumberOf } from '../form/named.ts'
import type { Shaped } from '../hosts/engine.ts'
import type { Host } from '../hosts/host.ts'
import type { Flat, Made, SlotValue } from '../memory/lists.ts'
import { type Training, trainingOf } from '../memory/trainings.ts'
import type { Rule } from '../rule/rule.ts'

const scalar: readonly number[] = []

/** What a tree's leaves are held against: the leaves of the layout, or where `scalars`, one number each. */
interface Wanted {
  readonly outline: Outline
  readonly leaves: readonly LeafInfo[]
  /** Which leaves there are; absent: all. */
  readonly present?: readonly boolean[]
  readonly scalars: boolean
}

/**
 * The leaves of a tree, or nothing where its structure or one of its leaves is not what it should be. `known` is the list that was returned, if
 * any; it comes back where the tree holds the same: engines know it again, and of its leaves one only has to know that they are alive.
 */
const leavesOf = <B extends Shaped>(
  { outline, leaves, present, scalars }: Wanted,
  known: readonly unknown[] | undefined,
  tree: unknown,
  { check, areAlive }: Host<B>,
): readonly B[] | undefined => {
  const found = new Array<B | undefined>(leaves.length)
  if (!collect(outline, tree, found)) return undefined
  if (known && sameList(found, known)) return areAlive(found) ? (known as readonly B[]) : undefined
  for (let i = 0; i < found.length; i++) {
    if (present && !present[i]) continue
    if (check(found[i], scalars ? scalar : leaves[i]?.shape)) return undefined
  }
  return found as readonly B[]
}

/** `lists`: of the training, the parameters and behind them the slots. */
const slotsOf = <B extends Shaped>(
  { slots }: Bound,
  trees: readonly unknown[],
  host: Host<B>,
  lists: Training['lists'],
): SlotValue<B>[] | undefined => {
  const found = new Array<SlotValue<B>>(slots.length)
  for (let i = 0; i < slots.length; i++) {
    const wanted = slots[i] as SlotLayout
    const { slot } = wanted
    const value = slot.rank === 'step' ? trees[i] : leavesOf(wanted, lists[i + 1], trees[i], host)
    if (slot.rank === 'step' ? !isNumberOf(slot, value) : value === undefined) return undefined
    found[i] = value as SlotValue<B>
  }
  return found
}

const none: Training['lists'] = []
const nothing: Flat<never>['extras'] = Object.freeze(Object.create(null))

const extrasOf = <B extends Shaped>(
  { layout }: Bound,
  names: readonly string[],
  extra: Extra | undefined,
  host: Host<B>,
): Flat<B>['extras'] | undefined => {
  if (names.length === 0) return nothing
  const extras: Record<string, readonly B[]> = Object.create(null)
  for (const name of names) {
    const found = leavesOf(layout, undefined, extra && own(extra, name), host)
    if (!found) return undefined
    extras[name] = found
  }
  return extras
}

/** What is given by name: which trees are, and the signals. */
interface Named {
  readonly trees: readonly string[]
  readonly signals: Readonly<Record<string, number>>
}

const flatOn = <B extends Shaped>(
  bound: Bound,
  given: RunGiven<B>,
  { trees, signals }: Named,
  host: Host<B>,
): Flat<B> | undefined => {
  const { layout } = bound
  const slotTrees: unknown[] = new Array(bound.slots.length)
  if (!collect(bound.state, given.state, slotTrees)) return undefined
  const training = trainingOf(bound, slotTrees, given.params)
  const lists = training?.lists ?? none
  const params = given.params === undefined ? undefined : leavesOf(layout, lists[0], given.params, host)
  if (given.params !== undefined && !params) return undefined
  const grads = leavesOf(layout, undefined, given.grads, host)
  const ahead = given.ahead === undefined ? undefined : leavesOf(layout, training?.ahead, given.ahead, host)
  if (!grads || (given.ahead !== undefined && !ahead)) return undefined
  const slots = slotsOf(bound, slotTrees, host, lists)
  const extras = slots && extrasOf(bound, trees, given.extra, host)
  return extras && { bound, grads, params, slots, slotTrees, extras, signals, ahead, training }
}

/**
 * Everything as lists, on a layout that the rule was run on before; nothing where there is none or where anything is wrong. One look at
 * each leaf: this is what a step of a training loop does, and the words for what is wrong are looked for only then.
 */
export const flatOf = <B extends Shaped>(
  rule: Rule,
  given: RunGiven<B>,
  byName: Named,
  host: Host<B>,
): Flat<B> | undefined => {
  for (const bound of knownBounds(rule)) {
    const flat = flatOn(bound, given, byName, host)
    if (flat) return flat
  }
  return undefined
}

/** A tree of these buffers. One whose leaves were all written in place is given back as it is: `tree`, which held `before`. */
const treeHolding = <B>(
  outline: Outline,
  tree: unknown,
  before: readonly (B | undefined)[] | undefined,
  after: readonly (B | undefined)[],
): Tree<B> =>
  before && (before === after || sameList(before, after)) ? (tree as Tree<B>) : treeOf(outline, after as readonly B[])

/** What a run returns: what it made, put back into trees. */
export const resultOf = <B>(
  given: RunGiven<B>,
  { bound, params, slots, slotTrees, ahead }: Flat<B>,
  made: Made<B>,
): RunMade<B> => {
  const { outline } = bound.layout
  const values = new Array<unknown>(made.slots.length)
  for (let i = 0; i < values.length; i++) {
    const slot = made.slots[i] as SlotValue<B>
    const before = slots[i] as readonly (B | undefined)[]
    const at = (bound.slots[i] as SlotLayout).outline
    values[i] = typeof slot === 'number' ? slot : treeHolding(at, slotTrees[i], before, slot)
  }
  const state = treeOf(bound.state, values)
  const place = made.ahead && treeHolding(outline, given.ahead, ahead, made.ahead)
  const result = made.params
    ? { params: treeHolding(outline, given.params, params, made.params), state }
    : { updates: treeOf(outline, made.updates as readonly B[]), state }
  return place ? { ...result, ahead: place } : result
}
