import * as tf from '@tensorflow/tfjs-core'
import { binarizeWeight, signApprox } from '../../lib/index.ts'
import { type Dense, dense, initDense, initLayerNorm, type LayerNorm, layerNorm, normal } from './layers.ts'
import { foldIn, seedKey } from './random.ts'

export interface BinaryCnnOptions {
  /** Pixels along each side of the square, grey input. */
  readonly side?: number
  /** Channels after the first convolution, then after each binary one; where they change, the side is halved. */
  readonly channels?: readonly number[]
  readonly classes?: number
}

export type BinaryCnnParams = {
  readonly first: tf.Tensor4D
  readonly binary: readonly tf.Tensor4D[]
  readonly norms: readonly LayerNorm[]
  readonly scores: Dense
}

/** What of the network has two values: nothing, its activations, or its weights too. */
export type Binary = 'nothing' | 'activations' | 'weights'

/**
 * A convolutional network of binary weights and activations: a real first convolution of 5 × 5 and stride 2, binary ones of 3 × 3, each
 * normalised over its channels and added to what it was given (where shapes are equal), and real scores of all that is left.
 *
 * As in Bi-Real Net (Liu et al. 2018, arXiv 1808.00278) every binary convolution has a shortcut, and the first layer and the scores are real.
 *
 * Defaults: side = 28, channels = 8, 16, 16, 16, classes = 10.
 */
export const binaryCnn = ({ side = 28, channels = [8, 16, 16, 16], classes = 10 }: BinaryCnnOptions = {}) => ({
  init: (seed: number): BinaryCnnParams => {
    const key = (part: number) => foldIn(seedKey(seed), part)
    const [start = 1, ...rest] = channels
    return {
      first: normal<tf.Rank.R4>(key(0), [5, 5, 1, start], Math.sqrt(2 / 25)),
      binary: rest.map((width, i) => {
        const inputs = channels[i] as number
        return normal<tf.Rank.R4>(key(i + 1), [3, 3, inputs, width], Math.sqrt(1 / (9 * inputs)))
      }),
      norms: channels.map((width) => initLayerNorm(width)),
      scores: initDense(key(channels.length), sizeAfter(side, channels), classes),
    }
  },
  logits: ({ first, binary, norms, scores }: BinaryCnnParams, inputs: tf.Tensor, kind: Binary): tf.Tensor2D => {
    const normed = (layer: number, x: tf.Tensor4D): tf.Tensor4D =>
      layerNorm(norms[layer] as LayerNorm, x as never) as tf.Tensor as tf.Tensor4D
    const image = tf.reshape(inputs, [-1, side, side, 1]) as tf.Tensor4D
    const features = binary.reduce(
      (x, w, i) => {
        const [, , from, to] = w.shape
        const activations = kind === 'nothing' ? tf.relu(x) : signApprox(x)
        const made = tf.conv2d(activations, kind === 'weights' ? binarizeWeight(w) : w, from === to ? 1 : 2, 'same')
        return from === to ? tf.add<tf.Tensor4D>(x, normed(i + 1, made)) : normed(i + 1, made)
      },
      normed(0, tf.conv2d(image, first, 2, 'same')),
    )
    return dense(scores, tf.reshape(features, [image.shape[0], -1]) as tf.Tensor2D)
  },
})

/** How many numbers are left of an image: the first convolution halves the side, rounded up, and so does each that changes the channels. */
const sizeAfter = (side: number, channels: readonly number[]): number => {
  const halved = channels.filter((width, i) => i === 0 || width !== channels[i - 1])
  return halved.reduce((rest) => Math.ceil(rest / 2), side) ** 2 * (channels.at(-1) ?? 1)
}
