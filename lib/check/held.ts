/** What a loop is given to go on from. */

import { isRecord, own } from '../data/branch.ts'
import { notHeld } from '../errors/states.ts'

/** Checks that something is a train state. Errors: `bad-argument`. */
export const checkHeld = (train: unknown): void => {
  if (isRecord(train) && own(train, 'params') !== undefined) return
  throw notHeld(train)
}
