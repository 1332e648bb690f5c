/** The array operations on tensors: tfjs's own, on the active backend. */
import * as tf from '@tensorflow/tfjs-core'
import type { ArrayOps } from '../arrayOps.ts'

export const tensorOps: ArrayOps<tf.Tensor> = {
  add: (x, y) => tf.add(x, y),
  sub: (x, y) => tf.sub(x, y),
  mul: (x, y) => tf.mul(x, y),
  div: (x, y) => tf.div(x, y),
  sqrt: (x) => tf.sqrt(x),
  sum: (x, axes, keep) => tf.sum(x, [...axes], keep),
  matMul: (x, y) => tf.matMul(x, y),
  transpose: (x, order) => tf.transpose(x, [...order]),
}
