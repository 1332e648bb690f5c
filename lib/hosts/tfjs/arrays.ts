/** Expressions over arrays of different shapes, the smaller spread over the larger: on tensors, and on plain numbers in float64. */
import * as tf from '@tensorflow/tfjs-core'
import { NdArray } from '../../data/ndArray.ts'
import { sizeOf } from '../../data/shape.ts'
import type { Expr, LeafInfo } from '../../expr/expr.ts'
import { type Algebra, fold } from '../../expr/fold.ts'
import { binaryMeaning, closures, mapRecord, unaryMeaning } from '../../expr/meaning.ts'
import { tensorsEngine } from './tensors.ts'

/** Arrays of one kind: how expressions are evaluated on them, and means that leave a smaller shape. */
export interface Arrays<B> {
  readonly number: (x: number) => B
  readonly operations: Pick<Algebra<B>, 'unary' | 'binary' | 'select'>
  /** The mean over the axes where the shape is 1, over all of them where it is []. */
  readonly mean: (x: B, shape: readonly number[]) => B
}

/** The axes over which an array of this shape is a mean. */
const axesOf = (shape: readonly number[], slot: readonly number[]): number[] =>
  shape.flatMap((size, axis) => (slot.length === 0 || (slot[axis] === 1 && size > 1) ? [axis] : []))

export const tensorArrays: Arrays<tf.Tensor> = {
  number: (x) => tf.scalar(x, 'float32'),
  operations: tensorsEngine.scalars as unknown as Arrays<tf.Tensor>['operations'],
  mean: (x, slot) => tf.mean(x, axesOf(x.shape, slot), slot.length > 0),
}

/** Where element i of an array of `shape` finds its value in a smaller one: axes of size 1 are spread, no axes are too. */
const spreadIndex = (shape: readonly number[], small: readonly number[]): ((i: number) => number) => {
  if (small.length === 0) return () => 0
  const strides = small.map((size, axis) => (size === 1 ? 0 : sizeOf(small.slice(axis + 1))))
  const steps = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)))
  return (i) =>
    shape.reduce(
      (at, size, axis) => at + (Math.floor(i / (steps[axis] as number)) % size) * (strides[axis] as number),
      0,
    )
}

/** The size of an axis over which these sizes are spread; 1 gives way to every other, also to 0. */
const spreadSize = (sizes: readonly number[]): number => sizes.find((size) => size !== 1) ?? 1

const map = (f: (...xs: number[]) => number, ...arrays: readonly NdArray[]): NdArray => {
  const rank = Math.max(...arrays.map(({ shape }) => shape.length))
  const shape = Array.from({ length: rank }, (_, axis) => spreadSize(arrays.map((x) => x.shape[axis] ?? 1)))
  const at = arrays.map((x) => spreadIndex(shape, x.shape))
  const element = (i: number): number =>
    f(...arrays.map((x, k) => x.data[(at[k] as (i: number) => number)(i)] as number))
  return new NdArray(
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => element(i)),
    shape,
  )
}

const mean = ({ data, shape }: NdArray, slot: readonly number[]): NdArray => {
  const sums = new Float64Array(sizeOf(slot))
  const index = spreadIndex(shape, slot)
  data.forEach((x, i) => {
    sums[index(i)] = (sums[index(i)] as number) + x
  })
  return new NdArray(
    sums.map((sum) => (sum * sums.length) / data.length),
    slot,
  )
}

export const numberArrays: Arrays<NdArray> = {
  number: (x) => new NdArray(Float64Array.of(x), []),
  operations: {
    unary: mapRecord(unaryMeaning, (f) => (x: NdArray) => map(f, x)),
    binary: mapRecord(binaryMeaning, (f) => (x: NdArray, y: NdArray) => map(f, x, y)),
    select: (test, yes, no) => map((t, a, b) => (t !== 0 ? a : b), test, yes, no),
  },
  mean,
}

const missing = (): never => {
  throw new Error('an expression holds an input that was not given')
}

/** Values of the expressions over arrays; what is no number an element is computed on the host in float64. */
export const evaluate = <B>(
  { number, operations }: Arrays<B>,
  given: ReadonlyMap<Expr, B | number>,
  leaf: LeafInfo,
): ((expr: Expr) => B) => {
  const host = fold(
    closures<LeafInfo>({
      input: (node) => () => given.get(node) as number,
      fact: (node) => (info) => node.of(info),
      reduce: missing,
    }),
  )
  const algebra: Algebra<B> = {
    ...operations,
    constant: missing,
    host: missing,
    fact: missing,
    reduce: missing,
    input: (node) => (given.get(node) as B | undefined) ?? missing(),
  }
  return fold(algebra, (node) => (node.rank === 'cell' ? undefined : number(host(node)(leaf))))
}
