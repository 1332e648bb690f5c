/** Weight vectors: how a tensor splits into the weights that feed each output, and how such vectors take an order. */
import * as tf from '@tensorflow/tfjs-core'
import { NdArray } from '../../../lib/data/ndArray.ts'

/** The axes of a tensor with the output axis first; the others keep their order. */
const outputFirst = (rank: number, outAxis: number): number[] => {
  const axis = outAxis < 0 ? outAxis + rank : outAxis
  return [axis, ...Array.from({ length: rank }, (_, i) => i).filter((i) => i !== axis)]
}

const inverse = (order: readonly number[]): number[] => order.map((_, i) => order.indexOf(i))

/** What vectors need of a kind of leaf. */
export interface VectorOps<B> {
  /** One row an output: its vector, flattened in the order of the other axes. */
  rows(x: B, outAxis: number): B
  /** Rows back in the shape that they came from. */
  unrows(rows: B, shape: readonly number[], outAxis: number): B
  /** Each row in ascending order. */
  sort(rows: B): B
  /** Each row of `sorted` in the order of the same row of `like`: equal numbers there rank by position. */
  arrange(sorted: B, like: B): B
}

/** A vector is the whole tensor below rank 2. */
const isWhole = (shape: readonly number[]): boolean => shape.length < 2

/** The shape of a tensor's vectors as rows: one an output. */
export const vectorShape = (shape: readonly number[], outAxis: () => number): readonly number[] => {
  const size = shape.reduce((n, d) => n * d, 1)
  if (isWhole(shape)) return [1, size]
  const [count = 0, ...others] = outputFirst(shape.length, outAxis()).map((axis) => shape[axis] as number)
  return [count, others.reduce((n, d) => n * d, 1)]
}

/** For each row the places of its numbers from the smallest up: topk takes the lower place first among equals. */
const order = (rows: tf.Tensor): tf.Tensor => tf.topk(tf.neg(rows), rows.shape[1] as number, true).indices

/** Each row in the order of its places. Through flat indices: tfjs's wasm gather errs where there is more than one batch. */
const take = (rows: tf.Tensor, places: tf.Tensor): tf.Tensor => {
  const [count, width] = rows.shape as [number, number]
  const offsets = tf.range(0, count * width, width, 'int32')
  const flat = tf.add(tf.cast(places, 'int32'), tf.reshape(offsets, [count, 1]))
  return tf.reshape(tf.gather(tf.reshape(rows, [-1]), tf.cast(tf.reshape(flat, [-1]), 'int32')), [count, width])
}

export const tensorVectors: VectorOps<tf.Tensor> = {
  rows: (x, outAxis) => {
    if (isWhole(x.shape)) return tf.reshape(x, [1, x.size])
    return tf.reshape(tf.transpose(x, outputFirst(x.rank, outAxis)), [...vectorShape(x.shape, () => outAxis)])
  },
  unrows: (rows, shape, outAxis) => {
    if (isWhole(shape)) return tf.reshape(rows, [...shape])
    const axes = outputFirst(shape.length, outAxis)
    const turned = axes.map((axis) => shape[axis] as number)
    return tf.transpose(tf.reshape(rows, turned), inverse(axes))
  },
  // tfjs's ops err on tensors without elements, which are in order as they are.
  sort: (rows) => (rows.size === 0 ? rows : take(rows, order(rows))),
  // The rank of each place is where the order names it, so it is the order of the order.
  arrange: (sorted, like) => (like.size === 0 ? like : take(sorted, order(tf.cast(order(like), 'float32')))),
}

const rowOf = ({ data, shape }: NdArray, i: number): Float64Array => {
  const width = shape[1] as number
  return data.subarray(i * width, (i + 1) * width)
}

const byRow = (x: NdArray, f: (row: Float64Array, i: number) => ArrayLike<number>): NdArray => {
  const data = new Float64Array(x.data.length)
  for (let i = 0; i < (x.shape[0] as number); i++) data.set(f(rowOf(x, i), i), i * (x.shape[1] as number))
  return new NdArray(data, x.shape)
}

const ascending = (row: Float64Array): number[] =>
  Array.from(row, (_, i) => i).sort((i, j) => (row[i] as number) - (row[j] as number) || i - j)

const strides = (shape: readonly number[]): number[] =>
  shape.map((_, i) => shape.slice(i + 1).reduce((n, d) => n * d, 1))

const transpose = ({ data, shape }: NdArray, axes: readonly number[]): NdArray => {
  const to = axes.map((axis) => shape[axis] as number)
  const [from, own] = [strides(shape), strides(to)]
  const place = (i: number): number =>
    axes.reduce(
      (sum, axis, k) => sum + (Math.floor(i / (own[k] as number)) % (to[k] as number)) * (from[axis] as number),
      0,
    )
  return new NdArray(
    Float64Array.from(data, (_, i) => data[place(i)] as number),
    to,
  )
}

export const numberVectors: VectorOps<NdArray> = {
  rows: (x, outAxis) => {
    if (isWhole(x.shape)) return new NdArray(x.data, [1, x.data.length])
    const { data } = transpose(x, outputFirst(x.shape.length, outAxis))
    return new NdArray(data, [...vectorShape(x.shape, () => outAxis)])
  },
  unrows: ({ data }, shape, outAxis) => {
    if (isWhole(shape)) return new NdArray(data, shape)
    const axes = outputFirst(shape.length, outAxis)
    const turned = axes.map((axis) => shape[axis] as number)
    return transpose(new NdArray(data, turned), inverse(axes))
  },
  sort: (rows) => byRow(rows, (row) => ascending(row).map((i) => row[i] as number)),
  arrange: (sorted, like) =>
    byRow(like, (row, i) => {
      const values = rowOf(sorted, i)
      const made = new Float64Array(row.length)
      ascending(row).forEach((place, rank) => {
        made[place] = values[rank] as number
      })
      return made
    }),
}
