import { type Excess, noExcess } from '../../../lib/data/excess.ts'
import type { Params, ParamsLike } from '../../../lib/form/transformation.ts'
import { stateWith } from '../../trees/stateWith.ts'

/**
 * The averaged weights in a state of `switchEma`, wherever it stands in the state or train state that is given. They are the state's own
 * tensors.
 *
 * Errors: `bad-argument` when there is none.
 */
export const emaParams = <P extends ParamsLike<P> = Params>(state: unknown, ...excess: Excess): P => {
  noExcess('emaParams', excess)
  return stateWith('emaParams', 'switchEma', state, ['ema', 'inner']).ema as P
}
