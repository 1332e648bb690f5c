import * as tf from '@tensorflow/tfjs-core'
import { crossEntropy } from './crossEntropy.ts'
import { type Dense, dense, embed, initDense, initEmbedding, normal } from './layers.ts'
import type { Model } from './model.ts'
import { foldIn, seedKey } from './random.ts'

export interface LstmOptions {
  readonly vocabulary: number
  /** The width of an embedded token. */
  readonly width?: number
  /** The width of the cell's state. */
  readonly hidden?: number
}

export type LstmParams = {
  readonly embedding: tf.Tensor2D
  /** Input and bias of the four gates, in the order: input, forget, cell, output. */
  readonly input: Dense
  /** The same gates from the state before. */
  readonly recurrent: tf.Tensor2D
  readonly scores: Dense
}

/**
 * A language model of one LSTM layer: token in, scores of the next token out; the state starts at zero in each row.
 *
 *     i, f, g, o = split(x·input.w + input.b + h·recurrent)
 *     c'         = sigmoid(f)·c + sigmoid(i)·tanh(g)
 *     h'         = sigmoid(o)·tanh(c')
 *
 * The forget gate's bias starts at 1, so that the state is kept at first (Jozefowicz et al. 2015, section 2.2).
 *
 * Defaults: width = 64, hidden = 128.
 */
export const lstm = ({ vocabulary, width = 64, hidden = 128 }: LstmOptions): Model<LstmParams> => {
  const logits = (params: LstmParams, tokens: tf.Tensor): tf.Tensor2D => {
    const states = unroll(params, tokens as tf.Tensor2D, hidden)
    return dense(params.scores, tf.reshape(tf.stack([...states], 1), [-1, hidden]))
  }

  return {
    init: (seed) => {
      const key = (part: number) => foldIn(seedKey(seed), part)
      return {
        embedding: initEmbedding(key(0), vocabulary, width),
        input: { w: initDense(key(1), width, 4 * hidden).w, b: forgetBias(hidden) },
        recurrent: normal<tf.Rank.R2>(key(2), [hidden, 4 * hidden], Math.sqrt(1 / hidden)),
        scores: initDense(key(3), hidden, vocabulary),
      }
    },
    logits,
    loss: (params, tokens, next) => crossEntropy(logits(params, tokens), next),
  }
}

/** The state after each token, `[batch, hidden]` each. */
const unroll = (params: LstmParams, tokens: tf.Tensor2D, hidden: number): readonly tf.Tensor2D[] => {
  const [batch, time] = tokens.shape
  const states: tf.Tensor2D[] = []
  let h: tf.Tensor2D = tf.zeros([batch, hidden])
  let c: tf.Tensor2D = tf.zeros([batch, hidden])
  // One product for all the tokens at once, time first: a step then reads one contiguous piece.
  const inputs = dense(params.input, embed(params.embedding, tf.transpose(tokens)))
  for (const input of tf.split(inputs, time)) {
    const gates = tf.split(tf.add(input, tf.matMul(h, params.recurrent)), 4, 1) as tf.Tensor2D[]
    const [i, f, g, o] = gates as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D]
    c = tf.add(tf.mul(tf.sigmoid(f), c), tf.mul(tf.sigmoid(i), tf.tanh(g)))
    h = tf.mul(tf.sigmoid(o), tf.tanh(c))
    states.push(h)
  }
  return states
}

const forgetBias = (hidden: number): tf.Tensor1D =>
  tf.tensor1d(Float32Array.from({ length: 4 * hidden }, (_, i) => (Math.floor(i / hidden) === 1 ? 1 : 0)))
