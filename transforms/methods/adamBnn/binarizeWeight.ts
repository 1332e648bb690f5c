import * as tf from '@tensorflow/tfjs-core'
import { checkOptions } from '../../../lib/run/options.ts'

/** Options of `binarizeWeight`. */
export interface BinarizeWeightOptions {
  readonly axis?: number
}

const axisKind = { expected: 'an integer', test: (x: unknown): boolean => Number.isInteger(x) }

/** The axes of a weight but that of the output channels. */
const othersThan = (axis: number, rank: number): number[] =>
  Array.from({ length: rank }, (_, i) => i).filter((i) => i !== (axis + rank) % rank)

/**
 * A weight of two values in each output channel, with a gradient that passes to the real weight behind it.
 *
 *     forward:  α_o·sign(w), α_o = mean|w| over output channel o
 *     backward: dw = dy where −1 ≤ w ≤ 1, else 0; α is a constant for the gradient, which it does not scale
 *
 * The weight itself is never clamped. A channel of zeros gives zeros. `axis` is that of the output channels: the last one in tfjs's kernels
 * ([height, width, in, out], [in, out]), the first one in torch's.
 *
 * Shapes: as w. Default: axis = −1. Errors: `bad-hyperparameter`.
 * Source: Liu et al. 2021, arXiv 2106.11309, code `HardBinaryConv`.
 */
export const binarizeWeight = <T extends tf.Tensor>(w: T, options: BinarizeWeightOptions = {}): T => {
  checkOptions('binarizeWeight', options, { axis: axisKind })
  const { axis = -1 } = options
  return tf.customGrad((given, save) => {
    const weight = given as tf.Tensor
    ;(save as tf.GradSaveFunc)([weight])
    const size = tf.mean(tf.abs(weight), othersThan(axis, weight.rank), true)
    const inside = (x: tf.Tensor): tf.Tensor => tf.cast(tf.lessEqual(tf.abs(x), 1), 'float32')
    return {
      value: tf.mul(size, tf.sign(weight)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(dy, inside(saved[0] as tf.Tensor)),
    }
  })(w) as T
}
