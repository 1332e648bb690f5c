import { isBranch } from '../../../lib/data/tree.ts'
import { noIvonState } from '../../../lib/errors/training.ts'
import { checkState } from '../../../lib/memory/consumed.ts'
import type { IvonState } from './scaleByIvon.ts'

const isIvonState = (x: unknown): x is IvonState =>
  isBranch(x) && ['count', 'momentum', 'hess', 'ess', 'weightDecay', 'mcSamples'].every((key) => Object.hasOwn(x, key))

const find = (state: unknown): IvonState | undefined => {
  if (isIvonState(state)) return state
  if (!isBranch(state)) return undefined
  for (const part of Object.values(state)) {
    const found = find(part)
    if (found) return found
  }
  return undefined
}

/** The state of `scaleByIvon` within the state of a chain. Errors: `bad-argument` when there is none. */
export const findIvonState = (where: string, state: unknown): IvonState => {
  checkState(state, `${where}: state`)
  const found = find(state)
  if (found) return found
  throw noIvonState(where)
}
