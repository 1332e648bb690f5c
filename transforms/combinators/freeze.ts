import { type Excess, noExcess } from '../../lib/data/excess.ts'
import type { GradientTransformation } from '../../lib/form/transformation.ts'
import { setToZero } from '../rules/setToZero.ts'
import { type Mask, masked } from './masked.ts'

/**
 * Sets updates to 0 where the mask is true; the others pass unchanged. What stands before it still keeps moments for all leaves:
 * `selectiveTransform` keeps none.
 *
 *     u = 0 where mask, else g
 *
 * Put it at the end of the chain. Shapes: u is shaped like g. State: { innerState }. Errors: those of `masked`.
 * Source: optax, `freeze`.
 */
export const freeze = (mask: Mask, ...excess: Excess): GradientTransformation<{ readonly innerState: unknown }> => {
  noExcess('freeze', excess)
  return masked(setToZero(), mask)
}
