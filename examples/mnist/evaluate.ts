import * as tf from '@tensorflow/tfjs-core'
import type { Model } from '../models/model.ts'
import { type Digits, takeBatch } from './digits.ts'

export interface Score {
  /** The mean cross entropy. */
  readonly loss: number
  /** The share of digits whose best-scored class is the right one. */
  readonly accuracy: number
}

/** How well `params` read `digits`, all of them. */
export const evaluate = async <P>(model: Model<P>, params: P, digits: Digits): Promise<Score> => {
  let loss = 0
  let right = 0
  for (let from = 0; from < digits.count; from += chunk) {
    const rows = Array.from({ length: Math.min(chunk, digits.count - from) }, (_, i) => from + i)
    const sums = tf.tidy(() => {
      const { images, labels } = takeBatch(digits, rows)
      const chosen = tf.argMax(model.logits(params, images), 1)
      const lossSum = tf.mul(model.loss(params, images, labels), rows.length)
      return tf.stack([lossSum, tf.sum(tf.cast(tf.equal(chosen, labels), 'float32'))])
    })
    const [chunkLoss, chunkRight] = await sums.data()
    sums.dispose()
    loss += chunkLoss!
    right += chunkRight!
  }
  return { loss: loss / digits.count, accuracy: right / digits.count }
}

/** As many digits as fit the caches of a CPU beside a small network's activations. */
const chunk = 500
