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
import { trainingOf } from '../memory/trainings.ts'
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

type List<B> = readonly (B | undefined)[]

/** What stands at the leaves of a tree, or nothing where there is none or its structure is not what it should be. */
const listOf = <B>({ outline, leaves }: Wanted, tree: unknown): List<B> | undefined => {
  const found = new Array<B | undefined>(leaves.length)
  return collect(outline, tree, found) ? found : undefined
}

/**
 * A list of leaves, or nothing where one of them is not what it should be. `known` is the list that was returned, if any; it comes back where both
 * hold the same: engines know it again, and of its leaves one only has to know that they are alive.
 */
const soundOf = <B extends Shaped>(
  { leaves, present, scalars }: Wanted,
  found: List<B> | undefined,
  { check, areAlive }: Host<B>,
  known?: List<unknown>,
): readonly B[] | undefined => {
  if (!found) return undefined
  if (known && sameList(found, known)) return areAlive(found) ? (known as readonly B[]) : undefined
  for (let i = 0; i < found.length; i++) {
    if (present && !present[i]) continue
    if (check(found[i], scalars ? scalar : leaves[i]?.shape)) return undefined
  }
  return found as readonly B[]
}

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
    const found = soundOf(layout, listOf<B>(layout, extra && own(extra, name)), host)
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
  /** The parameters, and behind them the slots. */
  const lists = [listOf<B>(layout, given.params)]
  for (let i = 0; i < slotTrees.length; i++) {
    const wanted = bound.slots[i] as SlotLayout
    lists.push(wanted.slot.rank === 'step' ? undefined : listOf(wanted, slotTrees[i]))
  }
  const training = trainingOf(bound, lists)
  const sound = (wanted: Wanted, i: number) => soundOf(wanted, lists[i], host, training?.lists[i])
  const params = sound(layout, 0)
  const grads = soundOf(layout, listOf<B>(layout, given.grads), host)
  const ahead = soundOf(layout, listOf<B>(layout, given.ahead), host, training?.ahead)
  if (!grads || (given.params !== undefined && !params) || (given.ahead !== undefined && !ahead)) return undefined
  const slots = new Array<SlotValue<B>>(slotTrees.length)
  for (let i = 0; i < slots.length; i++) {
    const wanted = bound.slots[i] as SlotLayout
    const isStep = wanted.slot.rank === 'step'
    const value = isStep ? slotTrees[i] : sound(wanted, i + 1)
    if (isStep ? !isNumberOf(wanted.slot, value) : !value) return undefined
    slots[i] = value as SlotValue<B>
  }
  const extras = extrasOf(bound, trees, given.extra, host)
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
