import { type Excess, noExcess } from '../../lib/data/excess.ts'
import type { LossArrays } from './arrays.ts'
import { softplus } from './forms.ts'
import { errorsOf } from './squaredError.ts'

/**
 * The logarithm of the hyperbolic cosine of the error: ½e² for small ones, |e| − log 2 for large ones.
 *
 *     loss = log cosh e = e + log(1 + e^−2e) − log 2,  e = predictions − targets
 *
 * Shapes: all alike. Defaults: targets 0. Errors: `bad-argument`, as `squaredError`. Source: Chen et al. 2019; optax, `log_cosh`.
 */
export const logCosh =
  <A>(arrays: LossArrays<A>) =>
  (predictions: A, targets?: A, ...excess: Excess): A => {
    noExcess('logCosh', excess)
    const { select, greater, mul, add, sub } = arrays
    const error = errorsOf(arrays, 'logCosh', predictions, targets)
    const size = select(greater(error, 0), error, mul(-1, error))
    return sub(add(size, softplus(arrays, mul(-2, size))), Math.LN2)
  }
