import * as tf from '@tensorflow/tfjs-core'

/** The slope of the curve that stands for the sign: a parabola on both sides of 0, flat beyond ±1; at x = 0 it is 2, at ±1 it is 0. */
const slope = (x: tf.Tensor): tf.Tensor => tf.mul(2, tf.relu(tf.sub(1, tf.abs(x))))

/**
 * The sign of activations, with a gradient that passes.
 *
 *     forward:  sign(x), 0 for 0
 *     backward: dx = dy·max(0, 2 − 2·|x|), the slope of 2x + x² below 0 and of 2x − x² above
 *
 * Shapes: as x. Source: Liu et al. 2021, arXiv 2106.11309, code `BinaryActivation`; the curve is Bi-Real Net's (Liu et al. 2018, arXiv 1808.00278).
 */
export const signApprox = <T extends tf.Tensor>(x: T): T =>
  tf.customGrad((given, save) => {
    const at = given as tf.Tensor
    ;(save as tf.GradSaveFunc)([at])
    return {
      value: tf.sign(at),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(dy, slope(saved[0] as tf.Tensor)),
    }
  })(x) as T
