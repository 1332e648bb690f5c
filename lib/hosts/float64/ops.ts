/** The array operations on float64 numbers: their meaning. */

import { NdArray } from '../../data/ndArray.ts'
import { sizeOf } from '../../data/shape.ts'
import { badShapes, takes } from '../../errors/arrays.ts'
import { binaryMeaning, mapRecord, unaryMeaning } from '../../expr/meaning.ts'
import type { ArrayOps } from '../arrayOps.ts'

/** Says which shapes an operation cannot take; tfjs does the same in its words. */
const refuse = (op: string, expected: string, ...shapes: readonly (readonly number[])[]): never => {
  throw badShapes(op, expected, shapes)
}

const made = (shape: readonly number[], at: (i: number) => number): NdArray =>
  new NdArray(
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => at(i)),
    shape,
  )

/** How far apart neighbours along each axis stand. */
const stridesOf = (shape: readonly number[]): number[] => shape.map((_, axis) => sizeOf(shape.slice(axis + 1)))

/** Where element i of an array of `shape` stands in memory that has these strides. */
const placeOf = (i: number, shape: readonly number[], strides: readonly number[]): number => {
  let rest = i
  let place = 0
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const extent = shape[axis] as number
    place += (rest % extent) * (strides[axis] as number)
    rest = Math.floor(rest / extent)
  }
  return place
}

/** The shape with axes of 1 in front, up to a rank. */
const widened = (shape: readonly number[], rank: number): number[] => [
  ...Array<number>(rank - shape.length).fill(1),
  ...shape,
]

/** The shape of two arrays spread over each other. */
const spread = (a: readonly number[], b: readonly number[], op: string): number[] => {
  const rank = Math.max(a.length, b.length)
  const [x, y] = [widened(a, rank), widened(b, rank)]
  if (x.some((extent, axis) => extent !== y[axis] && extent !== 1 && y[axis] !== 1)) refuse(op, takes.spread, a, b)
  return x.map((extent, axis) => (extent === 1 ? (y[axis] as number) : extent))
}

/** An element of an array that is spread over `shape`, by its place there. */
const reader = (x: NdArray, shape: readonly number[]): ((i: number) => number) => {
  const own = widened(x.shape, shape.length)
  if (sizeOf(own) === sizeOf(shape)) return (i) => x.data[i] as number
  const strides = stridesOf(own).map((stride, axis) => (own[axis] === 1 ? 0 : stride))
  return (i) => x.data[placeOf(i, shape, strides)] as number
}

const pairwise =
  (op: string, f: (a: number, b: number) => number) =>
  (x: NdArray, y: NdArray | number): NdArray => {
    if (typeof y === 'number') return made(x.shape, (i) => f(x.data[i] as number, y))
    const shape = spread(x.shape, y.shape, op)
    const [a, b] = [reader(x, shape), reader(y, shape)]
    return made(shape, (i) => f(a(i), b(i)))
  }

const sum = (x: NdArray, axes: readonly number[], keep = false): NdArray => {
  const kept = x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent))
  const strides = stridesOf(kept).map((stride, axis) => (axes.includes(axis) ? 0 : stride))
  const sums = new Float64Array(sizeOf(kept))
  x.data.forEach((value, i) => {
    const place = placeOf(i, x.shape, strides)
    sums[place] = (sums[place] as number) + value
  })
  return new NdArray(sums, keep ? kept : x.shape.filter((_, axis) => !axes.includes(axis)))
}

/** So many rows of the second matrix are gone through for all rows of the first: they stay in a cache. */
const BLOCK = 64

/** row += Σ_k x[at + k]·(row k of y), for k from `from` to before `to`. */
const addRows = (row: Float64Array, x: Float64Array, at: number, y: Float64Array, from: number, to: number): void => {
  const columns = row.length
  let k = from
  // Four at once, each added in its turn: a quarter of the loads and stores, and the same sums.
  for (; k + 4 <= to; k += 4) {
    const [a, b, c, d] = [x[at + k], x[at + k + 1], x[at + k + 2], x[at + k + 3]] as [number, number, number, number]
    const i = k * columns
    for (let j = 0; j < columns; j++) {
      const two = (row[j] as number) + a * (y[i + j] as number) + b * (y[i + columns + j] as number)
      row[j] = two + c * (y[i + 2 * columns + j] as number) + d * (y[i + 3 * columns + j] as number)
    }
  }
  for (; k < to; k++) {
    const factor = x[at + k] as number
    for (let j = 0; j < columns; j++) row[j] = (row[j] as number) + factor * (y[k * columns + j] as number)
  }
}

const matMul = (x: NdArray, y: NdArray): NdArray => {
  const fits = x.shape.length === 2 && y.shape.length === 2 && x.shape[1] === y.shape[0]
  if (!fits) refuse('matMul', takes.matMul, x.shape, y.shape)
  const [rows, inner] = x.shape as [number, number]
  const columns = y.shape[1] as number
  const made = new Float64Array(rows * columns)
  for (let from = 0; from < inner; from += BLOCK) {
    const to = Math.min(from + BLOCK, inner)
    for (let i = 0; i < rows; i++)
      addRows(made.subarray(i * columns, (i + 1) * columns), x.data, i * inner, y.data, from, to)
  }
  return new NdArray(made, [rows, columns])
}

const transpose = (x: NdArray, order: readonly number[]): NdArray => {
  if ([...order].sort((a, b) => a - b).join() !== x.shape.map((_, axis) => axis).join())
    refuse('transpose', takes.transpose(order), x.shape)
  const shape = order.map((axis) => x.shape[axis] as number)
  const strides = stridesOf(x.shape)
  const ordered = order.map((axis) => strides[axis] as number)
  return made(shape, (i) => x.data[placeOf(i, shape, ordered)] as number)
}

const where = (test: NdArray, yes: NdArray, no: NdArray): NdArray => {
  const shape = spread(spread(test.shape, yes.shape, 'where'), no.shape, 'where')
  const [asked, a, b] = [reader(test, shape), reader(yes, shape), reader(no, shape)]
  return made(shape, (i) => (asked(i) !== 0 ? a(i) : b(i)))
}

const reshape = (x: NdArray, shape: readonly number[]): NdArray => {
  if (sizeOf(shape) !== x.data.length) refuse('reshape', takes.reshape(shape), x.shape)
  return made(shape, (i) => x.data[i] as number)
}

const slice = (x: NdArray, begin: readonly number[], size: readonly number[]): NdArray => {
  const fits = x.shape.every((n, i) => begin[i]! >= 0 && size[i]! >= 0 && begin[i]! + size[i]! <= n)
  if (!fits) refuse('slice', takes.slice(begin, size), x.shape)
  const strides = stridesOf(x.shape)
  const from = begin.reduce((sum, start, axis) => sum + start * (strides[axis] as number), 0)
  return made(size, (i) => x.data[from + placeOf(i, size, strides)] as number)
}

const concat = (xs: readonly NdArray[], axis: number): NdArray => {
  const [first] = xs
  const fits = (x: NdArray): boolean =>
    axis in x.shape &&
    x.shape.length === first?.shape.length &&
    x.shape.every((n, i) => i === axis || n === first.shape[i])
  if (!first || !xs.every(fits)) refuse('concat', takes.concat(axis), ...xs.map((x) => x.shape))
  const shape = (first as NdArray).shape.map((n, i) =>
    i === axis ? xs.reduce((sum, x) => sum + (x.shape[i] as number), 0) : n,
  )
  const strides = stridesOf(shape)
  const joined = new NdArray(new Float64Array(sizeOf(shape)), shape)
  let from = 0
  for (const x of xs) {
    x.data.forEach((value, i) => {
      joined.data[from + placeOf(i, x.shape, strides)] = value
    })
    from += (x.shape[axis] as number) * (strides[axis] as number)
  }
  return joined
}

/** Each row of the last axis through f; an array of no axes has none. */
const byRow = (x: NdArray, f: (row: Float64Array, i: number) => Iterable<number>, width: number): NdArray => {
  const own = x.shape.at(-1) ?? 1
  const rows = sizeOf(x.shape.slice(0, -1))
  const made = new NdArray(new Float64Array(rows * width), [...x.shape.slice(0, -1), width])
  for (let i = 0; i < rows; i++) made.data.set([...f(x.data.subarray(i * own, (i + 1) * own), i)], i * width)
  return made
}

const ascending = (row: Float64Array): number[] =>
  Array.from(row.keys()).sort((i, j) => (row[i] as number) - (row[j] as number) || i - j)

const argsort = (x: NdArray): NdArray => {
  if (x.shape.length === 0) refuse('argsort', takes.argsort, x.shape)
  return byRow(x, ascending, x.shape.at(-1) as number)
}

const take = (x: NdArray, places: NdArray): NdArray => {
  const [own, other] = [x.shape.slice(0, -1), places.shape.slice(0, -1)]
  if (x.shape.length === 0 || x.shape.length !== places.shape.length || own.some((n, axis) => n !== other[axis]))
    refuse('take', takes.take, x.shape, places.shape)
  const width = places.shape.at(-1) as number
  const from = (i: number) => places.data.subarray(i * width, (i + 1) * width)
  return byRow(x, (row, i) => from(i).map((place) => row[place] as number), width)
}

export const float64Ops: ArrayOps<NdArray> = {
  ...mapRecord(unaryMeaning, (f) => (x: NdArray) => made(x.shape, (i) => f(x.data[i] as number))),
  ...mapRecord(binaryMeaning, (f, op) => pairwise(op, f)),
  where,
  sum,
  matMul,
  transpose,
  reshape,
  slice,
  concat,
  argsort,
  take,
  read: ({ data }) => data,
  make: (numbers, shape) => new NdArray(numbers, shape),
}
