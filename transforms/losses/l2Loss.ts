import { type Excess, noExcess } from '../../lib/data/excess.ts'
import type { LossArrays } from './arrays.ts'
import { square } from './forms.ts'
import { errorsOf } from './squaredError.ts'

/**
 * Half the square of the error, element by element: its gradient is the error.
 *
 *     loss = ½(predictions − targets)²
 *
 * Shapes: all alike. Defaults: targets 0. Errors: `bad-argument`, as `squaredError`. Source: optax, `l2_loss`.
 */
export const l2Loss =
  <A>(arrays: LossArrays<A>) =>
  (predictions: A, targets?: A, ...excess: Excess): A => {
    noExcess('l2Loss', excess)
    return arrays.mul(0.5, square(arrays, errorsOf(arrays, 'l2Loss', predictions, targets)))
  }
