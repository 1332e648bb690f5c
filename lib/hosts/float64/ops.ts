/** The array operations on float64 numbers: their meaning. */
import { raise } from '../../data/error.ts'
import { NdArray } from '../../data/ndArray.ts'
import { sizeOf } from '../../data/shape.ts'
import type { ArrayOps } from '../arrayOps.ts'

/** Says which shapes an operation cannot take; tfjs does the same in its words. */
const refuse = (op: string, expected: string, ...shapes: readonly (readonly number[])[]): void => {
  const got = shapes.map((shape) => `[${shape.join(', ')}]`).join(' and ')
  raise('bad-argument', [{ path: `ops.${op}`, expected, got: `shape ${got}` }], 'Correct the stage that calls it.')
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
  if (x.some((extent, axis) => extent !== y[axis] && extent !== 1 && y[axis] !== 1))
    refuse(op, 'shapes that spread over each other', a, b)
  return x.map((extent, axis) => (extent === 1 ? (y[axis] as number) : extent))
}

/** An element of an array that is spread over `shape`, by its place there. */
const reader = (x: NdArray, shape: readonly number[]): ((i: number) => number) => {
  const own = widened(x.shape, shape.length)
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

const matMul = (x: NdArray, y: NdArray): NdArray => {
  const fits = x.shape.length === 2 && y.shape.length === 2 && x.shape[1] === y.shape[0]
  if (!fits) refuse('matMul', 'matrices [n, k] and [k, m]', x.shape, y.shape)
  const [rows, inner] = x.shape as [number, number]
  const columns = y.shape[1] as number
  return made([rows, columns], (at) => {
    const [i, j] = [Math.floor(at / columns), at % columns]
    let total = 0
    for (let k = 0; k < inner; k++) total += (x.data[i * inner + k] as number) * (y.data[k * columns + j] as number)
    return total
  })
}

const transpose = (x: NdArray, order: readonly number[]): NdArray => {
  if ([...order].sort((a, b) => a - b).join() !== x.shape.map((_, axis) => axis).join())
    refuse('transpose', `the axes of the array, in some order, for ${order.join(', ')}`, x.shape)
  const shape = order.map((axis) => x.shape[axis] as number)
  const strides = stridesOf(x.shape)
  const ordered = order.map((axis) => strides[axis] as number)
  return made(shape, (i) => x.data[placeOf(i, shape, ordered)] as number)
}

export const float64Ops: ArrayOps<NdArray> = {
  add: pairwise('add', (a, b) => a + b),
  sub: pairwise('sub', (a, b) => a - b),
  mul: pairwise('mul', (a, b) => a * b),
  div: pairwise('div', (a, b) => a / b),
  sqrt: (x) => made(x.shape, (i) => Math.sqrt(x.data[i] as number)),
  sum,
  matMul,
  transpose,
}
