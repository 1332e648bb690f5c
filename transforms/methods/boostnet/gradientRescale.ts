import * as tf from '@tensorflow/tfjs-core'
import { checkArgument, finite } from '../../../lib/run/options.ts'

/**
 * The identity, whose gradient is multiplied by a number.
 *
 *     forward: x;  backward: dx = factor·dy
 *
 * With factor 0 it stops the gradient. Shapes: as x. Errors: `bad-hyperparameter` unless the factor is finite.
 * Source: Yu et al. 2023, arXiv 2211.16726, code `msdnet_ge`.
 */
export const gradientRescale = <T extends tf.Tensor>(x: T, factor: number): T => {
  checkArgument('gradientRescale: factor', factor, finite)
  return tf.customGrad((given) => ({
    value: tf.clone(given as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => (factor === 0 ? tf.zerosLike(dy) : tf.mul(dy, factor)),
  }))(x) as T
}
