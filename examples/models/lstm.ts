import * as tf from '@tensorflow/tfjs-core'
import { crossEntropy } from './crossEntropy.ts'
import { type Dense, dense, embed, initDense, initEmbedding } from './layers.ts'
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
  /** From token and state side by side to the four gates, in the order: input, forget, cell, output. */
  readonly gates: Dense
  readonly scores: Dense
}

/**
 * A language model of one LSTM layer: token in, scores of the next token out; the state starts at zero in each row.
 *
 *     i, f, g, o = split([x, h]·gates.w + gates.b)
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
        gates: { w: initDense(key(1), width + hidden, 4 * hidden).w, b: forgetBias(hidden) },
        scores: initDense(key(2), hidden, vocabulary),
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
  // Time first: each step then reads one contiguous piece.
  const inputs = tf.split(embed(params.embedding, tf.transpose(tokens)), time) as tf.Tensor2D[]
  for (const x of inputs) {
    const [i, f, g, o] = gatesOf(params.gates, tf.concat([x, h], 1))
    c = tf.add(tf.mul(tf.sigmoid(f), c), tf.mul(tf.sigmoid(i), tf.tanh(g)))
    h = tf.mul(tf.sigmoid(o), tf.tanh(c))
    states.push(h)
  }
  return states
}

const gatesOf = (gates: Dense, x: tf.Tensor2D) => tf.split(dense(gates, x), 4, 1) as [Gate, Gate, Gate, Gate]

type Gate = tf.Tensor2D

const forgetBias = (hidden: number): tf.Tensor1D =>
  tf.tensor1d(Float32Array.from({ length: 4 * hidden }, (_, i) => (Math.floor(i / hidden) === 1 ? 1 : 0)))
