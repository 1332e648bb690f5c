import { type Excess, noExcess } from '../../lib/data/excess.ts'
import type { LossArrays } from './arrays.ts'
import { given, spreads } from './given.ts'

/**
 * The hinge loss of binary classification: 0 from a margin of 1 on.
 *
 *     loss = max(0, 1 − x·y),  y = −1 or 1
 *
 * Shapes: the arguments spread over each other. Errors: `bad-argument` for arguments that are no arrays, and for shapes that do not fit.
 * Source: Cortes & Vapnik 1995; optax, `hinge_loss`.
 */
export const hingeLoss =
  <A>(arrays: LossArrays<A>) =>
  (predictorOutputs: A, targets: A, ...excess: Excess): A => {
    noExcess('hingeLoss', excess)
    const needed = { predictorOutputs, targets }
    const { predictorOutputs: x, targets: y } = given<A, typeof needed>(arrays, 'hingeLoss', { needed })
    spreads(arrays, 'hingeLoss: targets', x, y)
    return arrays.max(arrays.sub(1, arrays.mul(x, y)), 0)
  }
