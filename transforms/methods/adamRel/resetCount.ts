import { type Excess, noExcess } from '../../../lib/data/excess.ts'
import { isBranch } from '../../../lib/data/tree.ts'
import { deepestState, raiseForm } from '../../../lib/data/treeForm.ts'

const isAdam = (state: object): boolean =>
  'mu' in state && 'nu' in state && 'count' in state && typeof state.count === 'number'

/**
 * A state with the count of every Adam in it set back to 0, wherever it stands in the chain; the moments stay.
 *
 *     count' = 0 in each record with count, mu and nu; all else as it was
 *
 * It is what `scaleByAdamRel` does on its signal, for code that knows when the target changes but cannot pass one, and for the state of any
 * transformation with Adam's moments (`scaleByAdam`, `scaleByAmsgrad`, `scaleByBelief`). The counts of schedules are left alone. The result
 * holds the very tensors of the state that it is given: dispose one of the two.
 *
 * Source: Ellis et al. 2024, arXiv 2412.17113.
 */
export const resetCount = <S>(state: S, ...excess: Excess): S => {
  noExcess('resetCount', excess)
  raiseForm(state, 'resetCount: state', deepestState)
  return reset(state)
}

const reset = <S>(state: S): S => {
  if (!isBranch(state)) return state
  if (Array.isArray(state)) return state.map(reset) as S
  const inner = Object.fromEntries(Object.entries(state).map(([key, x]) => [key, reset(x)]))
  return (isAdam(state) ? { ...inner, count: 0 } : inner) as S
}
