import { type Excess, noExcess } from '../../lib/data/excess.ts'
import type { LossArrays } from './arrays.ts'
import { square } from './forms.ts'
import { given, notNegative } from './given.ts'
import { errorsOf } from './squaredError.ts'

/** Options of `huberLoss`. */
export interface HuberLossOptions {
  readonly delta?: number
}

/**
 * Squares small errors and takes large ones as they are.
 *
 *     e    = |predictions − targets|
 *     loss = ½e² where e ≤ delta, else delta·(e − ½delta)
 *
 * Shapes: all alike. Defaults: targets 0, delta = 1. Errors: `bad-argument`, as `squaredError`, and unless delta ≥ 0.
 * Source: Huber 1964; optax, `huber_loss`.
 */
export const huberLoss =
  <A>(arrays: LossArrays<A>) =>
  (predictions: A, targets?: A, options: HuberLossOptions = {}, ...excess: Excess): A => {
    noExcess('huberLoss', excess)
    const where = 'huberLoss'
    given(arrays, where, { needed: {}, options, kinds: { delta: notNegative } })
    const { delta = 1 } = options
    const { add, sub, mul, select, greater } = arrays
    const error = errorsOf(arrays, where, predictions, targets)
    const size = select(greater(error, 0), error, mul(-1, error))
    const quadratic = select(greater(size, delta), delta, size)
    return add(mul(0.5, square(arrays, quadratic)), mul(delta, sub(size, quadratic)))
  }
