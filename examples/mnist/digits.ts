import * as tf from '@tensorflow/tfjs-core'
import { type Digits, pixels, takeRows } from './handwritten.ts'

export { batchRows, classes, type Digits, loadDigits, pixels } from './handwritten.ts'

/** Digits as tensors: images `[size, 784]` and int32 labels `[size]`. */
export interface Batch {
  readonly images: tf.Tensor2D
  readonly labels: tf.Tensor1D
}

/** The digits of `rows`, as tensors that the caller disposes. */
export const takeBatch = (digits: Digits, rows: Iterable<number> & { readonly length: number }): Batch => {
  const { images, labels } = takeRows(digits, rows)
  return { images: tf.tensor2d(images, [rows.length, pixels]), labels: tf.tensor1d(labels, 'int32') }
}
