/** The array operations on tensors: tfjs's own, on the active backend. */
import * as tf from '@tensorflow/tfjs-core'
import type { ArrayOps } from '../arrayOps.ts'
import { readNow } from './readNow.ts'
import { tensorsEngine } from './tensors.ts'

const { unary, binary, select } = tensorsEngine.scalars

/** From the smallest up: topk takes the lower place first among equals. It errs where there is nothing to sort. */
const argsort = (x: tf.Tensor): tf.Tensor =>
  x.size === 0 ? tf.zerosLike(x) : tf.cast(tf.topk(tf.neg(x), x.shape.at(-1) as number, true).indices, 'float32')

/** Through flat places: tfjs's wasm gather errs where there is more than one batch. */
const take = (x: tf.Tensor, places: tf.Tensor): tf.Tensor => {
  if (places.size === 0) return tf.zerosLike(places)
  const [width, taken] = [x, places].map(({ shape }) => shape.at(-1) as number) as [number, number]
  const rows = tf.range(0, x.size, width, 'int32')
  const flat = tf.add(tf.cast(tf.reshape(places, [-1, taken]), 'int32'), tf.reshape(rows, [-1, 1]))
  return tf.reshape(tf.gather(tf.reshape(x, [-1]), tf.reshape(flat, [-1])), places.shape)
}

const shapeOfSum = (shape: readonly number[], axes: readonly number[], keep = false): number[] =>
  shape.flatMap((extent, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [extent]))

const own = {
  ...unary,
  ...binary,
  where: select,
  // tfjs's kernels read what is not there where an array has no elements: NaN on wasm, an error on WebGPU.
  sum: (x: tf.Tensor, axes: number[], keep?: boolean) =>
    x.size > 0 ? tf.sum(x, axes, keep) : tf.zeros(shapeOfSum(x.shape, axes, keep)),
  matMul: (x: tf.Tensor2D, y: tf.Tensor2D) =>
    x.size > 0 && y.size > 0 ? tf.matMul(x, y) : tf.zeros([x.shape[0], y.shape[1]]),
  transpose: tf.transpose,
  reshape: tf.reshape,
  slice: tf.slice,
  concat: tf.concat,
  argsort,
  take,
  read: readNow,
  make: (numbers: Float64Array, shape: number[]) => tf.tensor(Float32Array.from(numbers), shape),
  readsNow: () => tf.getBackend() !== 'webgpu',
  scope: <T>(f: () => T) => tf.tidy(f as () => never),
}

/** tfjs takes a number for a tensor everywhere, and changes no list that it is given; its types do not say so. */
export const tensorOps = own as unknown as ArrayOps<tf.Tensor>
