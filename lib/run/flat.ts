/** What a run is given, as lists over the leaves. */

import { own } from '../data/branch.ts'
import { collect, type Outline } from '../data/outline.ts'
import type { Tree } from '../data/tree.ts'
import type { LeafInfo } from '../expr/expr.ts'
import type { RunGiven } from '../form/given.ts'
import { type Bound, knownBounds } from '../form/layout.ts'
import { isNumberOf } from '../form/named.ts'
import type { Shaped } from '../hosts/engine.ts'
import type { Host } from '../hosts/host.ts'
import { type Flat, type SlotValue, sameList } from '../memory/lists.ts'
import { trainingOf } from '../memory/trainings.ts'
import type { Rule } from '../rule/rule.ts'

const scalar: readonly number[] = []

/** What a tree's leaves are held against: their shapes, and the list that was returned, if any. */
interface Wanted {
  readonly outline: Outline
  readonly leaves: readonly LeafInfo[]
  readonly known?: readonly unknown[] | undefined
  readonly present?: readonly boolean[]
  readonly scalars?: boolean
}

/**
 * The leaves of a tree, or nothing where its structure or one of its leaves is not what it should be. The very list that was returned where
 * the tree holds the same: engines know it again, and of its leaves one only has to know that they are alive.
 */
const leavesOf = <B extends Shaped>(
  { outline, leaves, known, present, scalars = false }: Wanted,
  tree: unknown,
  { check, isAlive }: Host<B>,
): readonly B[] | undefined => {
  const found = new Array<unknown>(leaves.length)
  if (!collect(outline, tree, found)) return undefined
  let isKnown = known !== undefined
  for (let i = 0; i < found.length; i++) {
    const leaf = found[i]
    if (present && !present[i]) continue
    if (known && leaf === known[i]) {
      if (!isAlive(leaf as B)) return undefined
    } else {
      isKnown = false
      if (check(leaf, scalars ? scalar : leaves[i]?.shape)) return undefined
    }
  }
  return (isKnown ? known : found) as readonly B[]
}

const slotsOf = <B extends Shaped>(
  { slots, layout: { leaves } }: Bound,
  trees: readonly unknown[],
  host: Host<B>,
  before: readonly (readonly unknown[] | undefined)[],
): SlotValue<B>[] | undefined => {
  const found: SlotValue<B>[] = []
  for (const [i, { slot, outline, present }] of slots.entries()) {
    const wanted = { outline, leaves, known: before[i], present, scalars: slot.rank === 'leaf' }
    const value = slot.rank === 'step' ? trees[i] : leavesOf(wanted, trees[i], host)
    if (slot.rank === 'step' ? !isNumberOf(slot, value) : value === undefined) return undefined
    found.push(value as SlotValue<B>)
  }
  return found
}

const flatOn = <B extends Shaped>(
  bound: Bound,
  given: RunGiven<B>,
  extraNames: readonly string[],
  host: Host<B>,
): Flat<B> | undefined => {
  const { layout } = bound
  const slotTrees: unknown[] = []
  if (!collect(bound.state, given.state, slotTrees)) return undefined
  const training = trainingOf(bound, slotTrees, given.params)
  const [known, ...slotsBefore] = training?.lists ?? []
  const params = given.params === undefined ? undefined : leavesOf({ ...layout, known }, given.params, host)
  if (given.params !== undefined && !params) return undefined
  const grads = leavesOf(layout, given.grads, host)
  const place = { ...layout, known: training?.ahead }
  const ahead = given.ahead === undefined ? undefined : leavesOf(place, given.ahead, host)
  if (!grads || (given.ahead !== undefined && !ahead)) return undefined
  const slots = slotsOf(bound, slotTrees, host, slotsBefore)
  if (!slots) return undefined
  const extras: Record<string, readonly B[]> = Object.create(null)
  for (const name of extraNames) {
    const found = leavesOf(layout, given.extra && own(given.extra, name), host)
    if (!found) return undefined
    extras[name] = found
  }
  return { bound, grads, params, slots, slotTrees, extras, ahead, training }
}

/**
 * Everything as lists, on a layout that the rule was run on before; nothing where there is none or where anything is wrong. One look at
 * each leaf: this is what a step of a training loop does, and the words for what is wrong are looked for only then.
 */
export const flatOf = <B extends Shaped>(
  rule: Rule,
  given: RunGiven<B>,
  extraNames: readonly string[],
  host: Host<B>,
): Flat<B> | undefined => {
  for (const bound of knownBounds(rule)) {
    const flat = flatOn(bound, given, extraNames, host)
    if (flat) return flat
  }
  return undefined
}

// A tree whose leaves were all written in place is given back as it is.

/** `tree` where it already holds these buffers, else one that does. */
export const keepTree = <B>(
  tree: unknown,
  before: readonly (B | undefined)[] | undefined,
  after: readonly (B | undefined)[],
  build: () => Tree<B>,
): Tree<B> => (before && sameList(before, after) ? (tree as Tree<B>) : build())
