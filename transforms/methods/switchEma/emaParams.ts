import { hasOwn } from '../../../lib/data/branch.ts'
import { describe, ForegradError } from '../../../lib/data/error.ts'
import { type Excess, noExcess } from '../../../lib/data/excess.ts'
import { isBranch } from '../../../lib/data/tree.ts'
import { deepestState, raiseForm } from '../../../lib/data/treeForm.ts'
import type { Params, ParamsLike } from '../../../lib/form/transformation.ts'
import { checkTrain } from '../../../lib/memory/consumed.ts'

const find = (state: unknown): Params | undefined => {
  if (!isBranch(state)) return undefined
  if (hasOwn(state, 'ema') && hasOwn(state, 'inner')) return state.ema as Params
  return Object.values(state)
    .map(find)
    .find((found) => found !== undefined)
}

/**
 * The averaged weights in a state of `switchEma`, wherever it stands in the state or train state that is given. They are the state's own
 * tensors.
 *
 * Errors: `bad-argument` when there is none.
 */
export const emaParams = <P extends ParamsLike<P> = Params>(state: unknown, ...excess: Excess): P => {
  noExcess('emaParams', excess)
  checkTrain(state, 'emaParams: state')
  raiseForm(state, 'emaParams: state', deepestState)
  const found = find(state)
  if (found !== undefined) return found as P
  const fault = { path: 'emaParams: state', expected: 'a state of switchEma', got: describe(state) }
  throw new ForegradError('bad-argument', [fault], 'Give the state, or train state, of an optimizer inside switchEma.')
}
