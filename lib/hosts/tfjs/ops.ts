/** The array operations on tensors: tfjs's own, on the active backend. */
import * as tf from '@tensorflow/tfjs-core'
import type { ArrayOps } from '../arrayOps.ts'
import { tensorsEngine } from './tensors.ts'

const { unary, binary, select } = tensorsEngine.scalars

const own = {
  ...unary,
  ...binary,
  where: select,
  sum: tf.sum,
  matMul: tf.matMul,
  transpose: tf.transpose,
  reshape: tf.reshape,
  slice: tf.slice,
  concat: tf.concat,
  read: (x: tf.Tensor) => x.dataSync(),
  make: (numbers: Float64Array, shape: number[]) => tf.tensor(Float32Array.from(numbers), shape),
}

/** tfjs takes a number for a tensor everywhere, and changes no list that it is given; its types do not say so. */
export const tensorOps = own as unknown as ArrayOps<tf.Tensor>
