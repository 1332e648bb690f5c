import * as tf from '@tensorflow/tfjs-core'
import { crossEntropy } from './crossEntropy.ts'
import { type Dense, dense, initDense, normal } from './layers.ts'
import type { Model } from './model.ts'
import { foldIn, type Key, seedKey } from './random.ts'

export interface CnnOptions {
  /** Pixels along each side of the square, grey input. */
  readonly side?: number
  /** Channels of each stage; every stage halves the side. */
  readonly channels?: readonly number[]
  readonly classes?: number
}

type Conv = { readonly w: tf.Tensor4D; readonly b: tf.Tensor1D }
type Stage = { readonly down: Conv; readonly first: Conv; readonly second: Conv }
export type CnnParams = { readonly stages: readonly Stage[]; readonly scores: Dense }

/**
 * A small residual convolutional network: each stage halves the side by a strided convolution and adds one residual block,
 * x + conv(relu(conv(relu(x)))); a dense layer over what is left of the image gives the scores.
 *
 * There is no normalisation: each block's second convolution starts at zero instead, so that at first every block is the
 * identity (Zhang et al. 2019, Fixup initialization, section 3). The scores see every place of the last stage, not its mean:
 * without normalisation the mean over so few channels tells the classes apart only after hundreds of steps.
 *
 * Defaults: side = 28, channels = 8, 16, classes = 10; 14,906 parameters.
 */
export const cnn = ({ side = 28, channels = [8, 16], classes = 10 }: CnnOptions = {}): Model<CnnParams> => {
  const logits = (params: CnnParams, inputs: tf.Tensor): tf.Tensor2D => {
    const image = tf.reshape(inputs, [-1, side, side, 1]) as tf.Tensor4D
    const features = params.stages.reduce((x, stage) => residual(stage, conv(stage.down, x, 2)), image)
    return dense(params.scores, tf.reshape(tf.relu(features), [image.shape[0], -1]))
  }

  return {
    init: (seed) => ({
      stages: channels.map((width, i) => initStage(foldIn(seedKey(seed), i), channels[i - 1] ?? 1, width)),
      scores: initDense(foldIn(seedKey(seed), channels.length), sizeAfter(side, channels), classes),
    }),
    logits,
    loss: (params, inputs, labels) => crossEntropy(logits(params, inputs), labels),
  }
}

/** How many numbers the last stage leaves of an image: the side is halved, rounded up, by each. */
const sizeAfter = (side: number, channels: readonly number[]): number =>
  channels.reduce((rest) => Math.ceil(rest / 2), side) ** 2 * (channels.at(-1) ?? 1)

const initStage = (key: Key, inputs: number, outputs: number): Stage => ({
  down: initConv(foldIn(key, 0), inputs, outputs, 2),
  first: initConv(foldIn(key, 1), outputs, outputs, 2),
  second: initConv(foldIn(key, 2), outputs, outputs, 0),
})

const initConv = (key: Key, inputs: number, outputs: number, gain: number): Conv => ({
  w: normal<tf.Rank.R4>(key, [3, 3, inputs, outputs], Math.sqrt(gain / (9 * inputs))),
  b: tf.zeros<tf.Rank.R1>([outputs]),
})

const conv = ({ w, b }: Conv, x: tf.Tensor4D, stride = 1): tf.Tensor4D => tf.add(tf.conv2d(x, w, stride, 'same'), b)

const residual = ({ first, second }: Stage, x: tf.Tensor4D): tf.Tensor4D =>
  tf.add(x, conv(second, tf.relu(conv(first, tf.relu(x)))))
