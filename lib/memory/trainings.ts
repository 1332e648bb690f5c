/**
 * Trainings: what the last donated run of each gave back. It comes in again, which is what a training loop does, and then nobody has to check its
 * leaves or to look for duplicates among them. One value of an optimizer may serve several trainings on one layout in turns; each is known by the
 * tensors that it brings.
 */
import type { Bound } from '../form/layout.ts'

export interface Training {
  /** Parameters, if they were donated, and slots: buffers that are all different. */
  lists: readonly (readonly unknown[] | undefined)[]
  identities: ReadonlySet<unknown>
  /** The place of the next gradient: buffers that are nobody else's. */
  ahead: readonly unknown[] | undefined
}

/** How many are remembered on a layout, the latest first. */
const most = 4

const remembered = new WeakMap<Bound, Training[]>()

/** The buffer by which a training is known: the first of its slots or, where it has none, of its parameters. */
const keyOf = ([params, ...slots]: Training['lists']): unknown => {
  for (const list of [...slots, params]) for (const buffer of list ?? []) if (buffer !== undefined) return buffer
  return undefined
}

/** The training that these lists are of, if it is remembered. */
export const trainingOf = (bound: Bound, lists: Training['lists']): Training | undefined => {
  const known = remembered.get(bound)
  const key = known && keyOf(lists)
  return key === undefined ? undefined : known?.find((training) => keyOf(training.lists) === key)
}

/** Remembers a new training; the one that was remembered for longest may be forgotten. */
export const remember = (bound: Bound, training: Training): Training => {
  const known = remembered.get(bound) ?? []
  remembered.set(bound, known)
  known.unshift(training)
  known.length = Math.min(known.length, most)
  return training
}
