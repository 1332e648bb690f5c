import * as tf from '@tensorflow/tfjs-core'
import { crossEntropy } from './crossEntropy.ts'
import { type Dense, dense, initDense } from './layers.ts'
import type { Model } from './model.ts'
import { foldIn, seedKey } from './random.ts'

export interface MlpOptions {
  /** The width of every layer from the input to the scores. */
  readonly widths?: readonly number[]
}

export type MlpParams = readonly Dense[]

/**
 * A multilayer perceptron: dense layers with a relu between them.
 *
 * Defaults: widths = 784, 256, 64, 10, for digits of 28 × 28 pixels; 218,058 parameters.
 */
export const mlp = ({ widths = [784, 256, 64, 10] }: MlpOptions = {}): Model<MlpParams> => {
  const logits = (params: MlpParams, inputs: tf.Tensor): tf.Tensor2D =>
    params.reduce((x, layer, i) => dense(layer, i === 0 ? x : tf.relu(x)), inputs as tf.Tensor2D)

  return {
    init: (seed) => widths.slice(1).map((width, i) => initDense(foldIn(seedKey(seed), i), widths[i]!, width, 2)),
    logits,
    loss: (params, inputs, labels) => crossEntropy(logits(params, inputs), labels),
  }
}
