/** Buffers that were given up: which of them may be overwritten, and which are given back afterwards. */

import type { RunGiven } from '../form/given.ts'
import type { Engine, Shaped } from '../hosts/engine.ts'
import { type Mode, makesUpdates } from '../rule/program.ts'
import { type Flat, type Made, type Reuse, type SlotValue, sameList } from './lists.ts'
import { remember, type Training } from './trainings.ts'

type List<B> = readonly (B | undefined)[]

/** The lists that a run may write into: all that is donated, in a fixed order. */
const donated = <B>(mode: Mode, { params, slots }: Flat<B>): (List<B> | undefined)[] => [
  makesUpdates(mode) ? undefined : params,
  ...slots.map(listOf),
]

const listOf = <B>(slot: SlotValue<B>): List<B> | undefined => (typeof slot === 'number' ? undefined : slot)

const sameLists = (a: readonly (List<unknown> | undefined)[], b: readonly (List<unknown> | undefined)[]): boolean =>
  a.every((list, i) => list === b[i] || (list !== undefined && b[i] !== undefined && sameList(list, b[i])))

/** True when all donated buffers are different from each other, and from those that are only read. */
const areDistinct = <B extends Shaped>(
  engine: Engine<B, unknown>,
  identities: ReadonlySet<unknown>,
  readOnly: readonly List<B>[],
): boolean => {
  for (const list of readOnly)
    for (const buffer of list) if (buffer && identities.has(engine.identity(buffer))) return false
  return true
}

/** How often the call holds each buffer. */
const countOf = <B extends Shaped>(
  engine: Engine<B, unknown>,
  lists: readonly (List<B> | undefined)[],
): Map<unknown, number> => {
  const seen = new Map<unknown, number>()
  for (const list of lists) {
    for (const buffer of list ?? []) {
      if (!buffer) continue
      const identity = engine.identity(buffer)
      seen.set(identity, (seen.get(identity) ?? 0) + 1)
    }
  }
  return seen
}

/** Buffers that may be overwritten: those the engine can write in place, each of which the call holds only once. */
export const reuseOf = <B extends Shaped>(
  engine: Engine<B, unknown>,
  mode: Mode,
  flat: Flat<B>,
  { donate, spend }: Pick<RunGiven<B>, 'donate' | 'spend'>,
): Reuse<B> | undefined => {
  if (!engine.writable || !(donate || spend)) return undefined
  const ahead = spend && mode === 'lookahead' ? aheadOf(engine, mode, flat, donate === true) : undefined
  return donate ? { ...donatedOf(engine, mode, flat, spend === true), ahead } : { ahead, slots: [] }
}

/**
 * The buffers that the place of the next gradient takes: those of this one where the engine would have it so and nobody else can have them,
 * as in a training loop from its second step on; else those of the gradient.
 */
const aheadOf = <B extends Shaped>(engine: Engine<B, unknown>, mode: Mode, flat: Flat<B>, donate: boolean): List<B> => {
  const { bound, ahead, grads } = flat
  const { keepsPlaceUpTo = Number.POSITIVE_INFINITY } = engine
  const writable = engine.writable as (buffer: B) => boolean
  if (donate && ahead && bound.meanSize <= keepsPlaceUpTo && isOwnPlace(mode, flat))
    return freeOf(engine, ahead, writable)
  return freeOf(engine, grads, writable, { once: true })
}

/** True where the place of this gradient is what the training's last run made, and so is everything that the call holds beside the gradients. */
export const isOwnPlace = <B>(mode: Mode, flat: Flat<B>): boolean => {
  const { training, ahead, extras } = flat
  if (!training || !ahead || ahead !== training.ahead || Object.keys(extras).length > 0) return false
  return sameLists(donated(mode, flat), training.lists)
}

const donatedOf = <B extends Shaped>(
  engine: Engine<B, unknown>,
  mode: Mode,
  flat: Flat<B>,
  spend: boolean,
): Reuse<B> => {
  const lists = donated(mode, flat)
  const readOnly = [
    ...(spend ? [] : [flat.grads]),
    ...(makesUpdates(mode) && flat.params ? [flat.params] : []),
    ...Object.values(flat.extras),
  ]
  const before = flat.training
  const distinct =
    before !== undefined && sameLists(lists, before.lists) && areDistinct(engine, before.identities, readOnly)
  const seen = distinct ? undefined : countOf(engine, [...lists, ...readOnly])
  const writable = engine.writable as (buffer: B) => boolean
  const isFree = (buffer: B): boolean => (!seen || seen.get(engine.identity(buffer)) === 1) && writable(buffer)
  const [params, ...slots] = lists.map((list) => list && freeOf(engine, list, isFree, { distinct }))
  return { params, slots }
}

/** The list itself where all of it is free; `distinct`: it is when the engine can write all of it. */
const freeOf = <B extends Shaped>(
  { allWritable }: Engine<B, unknown>,
  list: List<B>,
  isFree: (buffer: B) => boolean,
  { distinct = true, once = false }: { readonly distinct?: boolean; readonly once?: boolean } = {},
): List<B> => {
  if (distinct && allWritable?.(list, once)) return list
  for (const buffer of list) {
    if (buffer && !isFree(buffer)) return list.map((each) => (each && isFree(each) ? each : undefined))
  }
  return list
}

/**
 * Gives back what was donated and is not part of the result: a buffer that stays does so in its own place. Answers the training, as it is
 * remembered now; none where there is nothing to know it by.
 */
export const consume = <B extends Shaped>(
  engine: Engine<B, unknown>,
  mode: Mode,
  flat: Flat<B>,
  made: Made<B>,
): Training | undefined => {
  const { bound, training } = flat
  const after = [made.params, ...made.slots.map(listOf)]
  const before = donated(mode, flat)
  if (sameLists(before, after)) {
    if (training && sameLists(before, training.lists)) return training
  } else {
    before.forEach((list, i) => {
      list?.forEach((buffer, leaf) => {
        if (buffer && buffer !== after[i]?.[leaf]) engine.dispose(buffer)
      })
    })
  }
  const buffers = after.flatMap((list) => list?.filter((buffer) => buffer !== undefined) ?? [])
  const returned = { lists: after, identities: new Set(buffers.map((buffer) => engine.identity(buffer))) }
  if (training) return Object.assign(training, returned)
  return buffers.length === 0 ? undefined : remember(bound, { ...returned, ahead: undefined })
}
