import * as tf from '@tensorflow/tfjs-core'
import { type Key, normals } from './random.ts'

/** The layers that the models share: each is a record of tensors, a way to start it and a function that applies it. */

/** A tensor of normal numbers with the given standard deviation. */
export const normal = <R extends tf.Rank>(key: Key, shape: tf.ShapeMap[R], deviation: number): tf.Tensor<R> =>
  tf.tensor(normals(key, tf.util.sizeFromShape(shape), deviation), shape, 'float32')

export type Dense = { readonly w: tf.Tensor2D; readonly b: tf.Tensor1D }

/** A dense layer of weights with variance `gain` / inputs (2 before a relu: He et al. 2015) and a bias of zeros. */
export const initDense = (key: Key, inputs: number, outputs: number, gain = 1): Dense => ({
  w: normal<tf.Rank.R2>(key, [inputs, outputs], Math.sqrt(gain / inputs)),
  b: tf.zeros<tf.Rank.R1>([outputs]),
})

/** x·w + b for the rows of `x`. */
export const dense = ({ w, b }: Dense, x: tf.Tensor2D): tf.Tensor2D => tf.add(tf.matMul(x, w), b)

/** Weights of variance 1 / width, one row a token. */
export const initEmbedding = (key: Key, vocabulary: number, width: number): tf.Tensor2D =>
  normal<tf.Rank.R2>(key, [vocabulary, width], Math.sqrt(1 / width))

/** The rows of `table` that `tokens` names: `[…tokens.shape, width]`, flattened to rows. */
export const embed = (table: tf.Tensor2D, tokens: tf.Tensor): tf.Tensor2D => tf.gather(table, tf.reshape(tokens, [-1]))

export type LayerNorm = { readonly gain: tf.Tensor1D; readonly bias: tf.Tensor1D }

export const initLayerNorm = (width: number): LayerNorm => ({ gain: tf.ones([width]), bias: tf.zeros([width]) })

/** Each row shifted to mean 0, scaled to variance 1, then by `gain` and `bias`. Source: Ba et al. 2016, section 3. */
export const layerNorm = ({ gain, bias }: LayerNorm, x: tf.Tensor2D): tf.Tensor2D => {
  const centred = tf.sub(x, tf.mean(x, -1, true))
  const variance = tf.mean(tf.square(centred), -1, true)
  return tf.add(tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, 1e-5))), gain), bias)
}
