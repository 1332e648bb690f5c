/**
 * Which states a donated step consumed. A state is known by its outermost object, which every step makes anew while its tensors may stay; a train
 * state by that of its state or, where that is a tensor, by itself.
 */

import { isBranch } from '../data/tree.ts'
import { consumedState } from '../errors/states.ts'

/** How many steps a state has behind it, and whether the next consumed it. */
interface Record {
  readonly steps: number
  consumed: boolean
}

const records = new WeakMap<object, Record>()

/** What holds a state beside parameters. */
interface Train {
  readonly state: unknown
}

/** Raises `consumed-state` for a state that a donated step consumed. */
export const checkState = (state: unknown, path = 'state'): void => {
  if (typeof state !== 'object' || state === null) return
  const known = records.get(state)
  if (known?.consumed) throw consumedState(path, known.steps + 1)
}

/** The same for a train state, before anything is computed at its parameters. */
export const checkTrain = (train: unknown, path = 'train'): void => {
  checkState(train, path)
  checkState((train as Partial<Train> | null | undefined)?.state, `${path}.state`)
}

/** Says that a step made `next` of a state, and whether it consumed that. A state without an object of its own is passed over. */
export const stepped = (state: unknown, next: unknown, donate: boolean): void => {
  if (isBranch(state) && isBranch(next)) follow(state, next, donate)
}

/** The same for train states: for those whose state has no object of its own. */
export const steppedTrain = (train: Train, next: Train, donate: boolean): void => {
  if (!isBranch(train.state)) follow(train, next, donate)
}

const follow = (before: object, next: object, donate: boolean): void => {
  const known = records.get(before)
  const steps = known?.steps ?? 0
  if (donate && known) known.consumed = true
  else if (donate) records.set(before, { steps, consumed: true })
  records.set(next, { steps: steps + 1, consumed: false })
}
