/** What a loop is given to go on from. */
import { isRecord, own } from '../data/branch.ts'
import { describe, raise } from '../errors/error.ts'

/** Checks that something is a train state. Errors: `bad-argument`. */
export const checkHeld = (train: unknown): void => {
  if (isRecord(train) && own(train, 'params') !== undefined) return
  const fault = { path: 'step: train', expected: 'a train state', got: describe(train) }
  raise('bad-argument', [fault], 'Give what init or the last step returned.')
}
