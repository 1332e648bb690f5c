/** The loop that the examples share: epochs over real digits. */
import type * as tf from '@tensorflow/tfjs-core'
import { dispose, type Params, type Trainer } from '../../lib/index.ts'
import { batchRows, type Digits, pixels, takeBatch } from '../mnist/digits.ts'

/** Every n-th digit: fewer to learn from, all classes in the same proportion. */
export const everyNth = ({ images, labels, count }: Digits, n: number): Digits => {
  const rows = Array.from({ length: Math.floor(count / n) }, (_, i) => i * n)
  const chosen = new Float32Array(rows.length * pixels)
  rows.forEach((row, i) => {
    chosen.set(images.subarray(row * pixels, (row + 1) * pixels), i * pixels)
  })
  return { count: rows.length, images: chosen, labels: Int32Array.from(rows, (row) => labels[row]!) }
}

/** What each example reads of the clock and the network. */
export interface Run {
  readonly digits: Digits
  readonly size: number
  readonly seed: number
  readonly epochs: number
}

/**
 * Trains from `start` and returns the last train state, which the caller disposes. The trainer must donate: old states are not disposed here.
 */
export const trainOn = <T, P extends Params>(
  trainer: Trainer<T, P, [tf.Tensor2D, tf.Tensor1D]>,
  start: T,
  { digits, size, seed, epochs }: Run,
  afterStep: (train: T, step: number) => void = () => undefined,
): T => {
  let train = start
  let step = 0
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (const rows of batchRows(digits.count, size, seed, epoch)) {
      const { images, labels } = takeBatch(digits, rows)
      const next = trainer.step(train, images, labels)
      train = next.train
      dispose([next.value, images, labels])
      afterStep(train, ++step)
    }
  }
  return train
}

/** All digits as one batch. */
export const wholeOf = (digits: Digits) =>
  takeBatch(
    digits,
    Uint32Array.from({ length: digits.count }, (_, i) => i),
  )
