import * as tf from '@tensorflow/tfjs-core'
import { crossEntropy } from './crossEntropy.ts'
import {
  type Dense,
  dense,
  embed,
  initDense,
  initEmbedding,
  initLayerNorm,
  type LayerNorm,
  layerNorm,
} from './layers.ts'
import type { Model } from './model.ts'
import { foldIn, type Key, seedKey } from './random.ts'

export interface TransformerOptions {
  readonly vocabulary: number
  /** The most tokens that a row may have. */
  readonly context?: number
  readonly width?: number
  readonly heads?: number
  readonly depth?: number
}

type Block = {
  readonly attentionNorm: LayerNorm
  readonly query: Dense
  readonly key: Dense
  readonly value: Dense
  readonly merge: Dense
  readonly feedNorm: LayerNorm
  readonly up: Dense
  readonly down: Dense
}

export type TransformerParams = {
  readonly embedding: tf.Tensor2D
  readonly positions: tf.Tensor2D
  readonly blocks: readonly Block[]
  readonly norm: LayerNorm
  readonly scores: Dense
}

/**
 * A causal transformer language model with normalisation before each part and learned positions.
 *
 *     x' = x + merge(softmax(q·kᵀ/√d + mask)·v)      q, k, v = query(norm(x)), key(norm(x)), value(norm(x))
 *     x″ = x' + down(relu(up(norm(x'))))
 *
 * Defaults: context = 64, width = 64, heads = 4, depth = 2. Source: Vaswani et al. 2017; the norms' place: Xiong et al. 2020.
 */
export const transformer = (options: TransformerOptions): Model<TransformerParams> => {
  const { vocabulary, context = 64, width = 64, heads = 4, depth = 2 } = options

  const logits = (params: TransformerParams, tokens: tf.Tensor): tf.Tensor2D => {
    const [batch, time] = tokens.shape as [number, number]
    const positions = tf.slice(params.positions, [0, 0], [time, width])
    const rows: tf.Tensor3D = tf.reshape(embed(params.embedding, tokens), [batch, time, width])
    const start: tf.Tensor2D = tf.reshape(tf.add(rows, positions), [-1, width])
    const mask = causalMask(time)
    const end = params.blocks.reduce((x, block) => {
      const attended: tf.Tensor2D = tf.add(
        x,
        attention(block, layerNorm(block.attentionNorm, x), { batch, time, heads, mask }),
      )
      return tf.add(attended, feedForward(block, layerNorm(block.feedNorm, attended)))
    }, start)
    return dense(params.scores, layerNorm(params.norm, end))
  }

  return {
    init: (seed) => {
      const key = (part: number) => foldIn(seedKey(seed), part)
      return {
        embedding: initEmbedding(key(0), vocabulary, width),
        positions: initEmbedding(key(1), context, width),
        blocks: Array.from({ length: depth }, (_, i) => initBlock(foldIn(key(2), i), width, depth)),
        norm: initLayerNorm(width),
        scores: initDense(key(3), width, vocabulary),
      }
    },
    logits,
    loss: (params, tokens, next) => crossEntropy(logits(params, tokens), next),
  }
}

/** The products that end a branch start smaller, so that the sum of `depth` blocks keeps the variance of one. */
const initBlock = (key: Key, width: number, depth: number): Block => ({
  attentionNorm: initLayerNorm(width),
  query: initDense(foldIn(key, 0), width, width),
  key: initDense(foldIn(key, 1), width, width),
  value: initDense(foldIn(key, 2), width, width),
  merge: initDense(foldIn(key, 3), width, width, 1 / (2 * depth)),
  feedNorm: initLayerNorm(width),
  up: initDense(foldIn(key, 4), width, 4 * width, 2),
  down: initDense(foldIn(key, 5), 4 * width, width, 1 / (2 * depth)),
})

interface Attention {
  readonly batch: number
  readonly time: number
  readonly heads: number
  readonly mask: tf.Tensor2D
}

const attention = (block: Block, x: tf.Tensor2D, { batch, time, heads, mask }: Attention): tf.Tensor2D => {
  const depth = x.shape[1] / heads
  // One matrix for each row and head. No transpose of more than four axes: tfjs's wasm has no fast one.
  const split = (layer: Dense): tf.Tensor3D =>
    tf.reshape(tf.transpose(tf.reshape(dense(layer, x), [batch, time, heads, depth]), [0, 2, 1, 3]), [-1, time, depth])
  const [q, k, v] = [split(block.query), split(block.key), split(block.value)]
  const scores = tf.add(tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(depth)), mask)
  const mixed = tf.reshape(tf.matMul(tf.softmax(scores), v), [batch, heads, time, depth])
  return dense(block.merge, tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [-1, heads * depth]))
}

const feedForward = ({ up, down }: Block, x: tf.Tensor2D): tf.Tensor2D => dense(down, tf.relu(dense(up, x)))

/** Zero where column ≤ row, and far below every score where a token would look at its future. */
const causalMask = (time: number): tf.Tensor2D =>
  tf.tensor2d(
    Float32Array.from({ length: time * time }, (_, i) => (i % time <= Math.floor(i / time) ? 0 : -1e9)),
    [time, time],
  )
