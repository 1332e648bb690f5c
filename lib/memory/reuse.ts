/** Buffers that were given up: which of them may be overwritten, and which are given back afterwards. */

import { sameList } from '../data/sameList.ts'
import type { RunGiven } from '../form/given.ts'
import type { Engine, Shaped } from '../hosts/engine.ts'
import { type Mode, makesUpdates } from '../rule/program.ts'
import type { Flat, Made, Reuse, SlotValue } from './lists.ts'
import { remember, type Training } from './trainings.ts'

type List<B> = readonly (B | undefined)[]

/** The lists that a run may write into, in a fixed order: the parameters, and behind them the slots. */
export const donatedLists = <B>(mode: Mode, { params, slots }: Flat<B>): DonatedLists<B> =>
  listsOf(makesUpdates(mode) ? undefined : params, slots)

const listsOf = <B>(params: List<B> | undefined, slots: readonly SlotValue<B>[]): DonatedLists<B> => {
  const lists = new Array<List<B> | undefined>(slots.length + 1)
  lists[0] = params
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i] as SlotValue<B>
    if (typeof slot !== 'number') lists[i + 1] = slot
  }
  return lists
}

export type DonatedLists<B> = readonly (List<B> | undefined)[]

const sameLists = (a: DonatedLists<unknown>, b: DonatedLists<unknown>): boolean =>
  a.every((list, i) => {
    const other = b[i]
    return list === other || (list !== undefined && other !== undefined && sameList(list, other))
  })

/** True when all donated buffers are different from each other, and from those that are only read. */
const areDistinct = <B extends Shaped>(
  engine: Engine<B, unknown>,
  identities: ReadonlySet<unknown>,
  readOnly: readonly List<B>[],
): boolean => readOnly.every((list) => list.every((buffer) => !buffer || !identities.has(engine.identity(buffer))))

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

/**
 * Buffers that may be overwritten: those the engine can write in place, each of which the call holds only once. `lists`: all that is donated;
 * `isOwn`: see `isOwnPlace`.
 */
export const reuseOf = <B extends Shaped>(
  engine: Engine<B, unknown>,
  mode: Mode,
  flat: Flat<B>,
  lists: DonatedLists<B>,
  isOwn: boolean,
  { donate = false, spend = false }: Pick<RunGiven<B>, 'donate' | 'spend'>,
): Reuse<B> | undefined => {
  if (!engine.writable || !(donate || spend)) return undefined
  const ahead = spend && mode === 'lookahead' ? aheadOf(engine, flat, donate && isOwn) : undefined
  if (!donate) return { params: undefined, ahead, slots: [] }
  const [params, ...slots] = freeLists(engine, mode, flat, lists, spend)
  return { params, ahead, slots }
}

/**
 * The buffers that the place of the next gradient takes: those of this one where the engine would have it so and nobody else can have them,
 * as in a training loop from its second step on; else those of the gradient.
 */
const aheadOf = <B extends Shaped>(
  engine: Engine<B, unknown>,
  { bound, ahead, grads }: Flat<B>,
  isFree: boolean,
): List<B> => {
  const { keepsPlaceUpTo = Number.POSITIVE_INFINITY } = engine
  const keeps = ahead !== undefined && isFree && bound.meanSize <= keepsPlaceUpTo
  const list = keeps ? ahead : grads
  return engine.allWritable?.([list], !keeps) ? list : freeOf(list, engine.writable as (buffer: B) => boolean)
}

/** True where the place of this gradient is what the training's last run made, and so is everything that the call holds beside the gradients. */
export const isOwnPlace = <B>({ training, ahead, extras }: Flat<B>, lists: DonatedLists<B>): boolean => {
  if (!training || !ahead || ahead !== training.ahead || Object.keys(extras).length > 0) return false
  return sameLists(lists, training.lists)
}

/** What a run reads and may not write. */
const readOnlyLists = <B>(mode: Mode, { grads, params, extras }: Flat<B>, spend: boolean): List<B>[] => {
  const lists: List<B>[] = Object.values(extras)
  if (!spend) lists.push(grads)
  if (params && makesUpdates(mode)) lists.push(params)
  return lists
}

const freeLists = <B extends Shaped>(
  engine: Engine<B, unknown>,
  mode: Mode,
  flat: Flat<B>,
  lists: DonatedLists<B>,
  spend: boolean,
): DonatedLists<B> => {
  const readOnly = readOnlyLists(mode, flat, spend)
  const before = flat.training
  const distinct =
    before !== undefined && sameLists(lists, before.lists) && areDistinct(engine, before.identities, readOnly)
  if (distinct && engine.allWritable?.(lists, false)) return lists
  const seen = distinct ? undefined : countOf(engine, [...lists, ...readOnly])
  const writable = engine.writable as (buffer: B) => boolean
  const isFree = (buffer: B): boolean => (!seen || seen.get(engine.identity(buffer)) === 1) && writable(buffer)
  return lists.map((list) => list && freeOf(list, isFree))
}

/** The list itself where all of it is free. */
const freeOf = <B>(list: List<B>, isFree: (buffer: B) => boolean): List<B> => {
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
  { bound, training }: Flat<B>,
  before: DonatedLists<B>,
  made: Made<B>,
): Training | undefined => {
  const after = listsOf(made.params, made.slots)
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
