import { type Excess, noExcess } from '../../lib/data/excess.ts'
import type { LossArrays } from './arrays.ts'
import { given, sameShape } from './given.ts'

/**
 * The perceptron's loss of binary classification: 0 where the sign is right.
 *
 *     loss = max(0, −x·y),  y = −1 or 1
 *
 * Shapes: all alike. Errors: `bad-argument` for arguments that are no arrays, and for shapes that differ.
 * Source: Rosenblatt 1958; optax, `perceptron_loss`.
 */
export const perceptronLoss =
  <A>(arrays: LossArrays<A>) =>
  (predictorOutputs: A, targets: A, ...excess: Excess): A => {
    noExcess('perceptronLoss', excess)
    const needed = { predictorOutputs, targets }
    const { predictorOutputs: x, targets: y } = given<A, typeof needed>(arrays, 'perceptronLoss', { needed })
    sameShape(arrays, 'perceptronLoss: targets', x, y)
    return arrays.max(arrays.mul(-1, arrays.mul(x, y)), 0)
  }
