/** The meaning of every operation on arrays of jax-js, and of reductions; operands stay, `keep` owns what is made. */
import { numpy as np } from '@jax-js/jax'
import type { BinaryOp, ReduceOp, UnaryOp } from '../../expr/expr.ts'
import type { Scalars } from '../engine.ts'
import { type Arithmetic, arithmeticOf, type Keep } from './arithmetic.ts'
import type { JaxArray } from './array.ts'
import { transcendentalOf } from './transcendental.ts'

/** How many numbers are summed one after another: float32 loses digits in long rows. */
const row = 128

/** A new array of one number. */
export const scalar = (x: number): JaxArray => np.array(Float32Array.of(x), { shape: [] })

/** The sum of a list of numbers: of rows, and of their sums. */
const sumOf = (x: JaxArray, keep: Keep): JaxArray => {
  const [size = 0] = x.shape
  if (size <= row) return keep(np.sum(x.ref))
  const rows = Math.floor(size / row)
  const even = keep(x.ref.slice([0, rows * row]))
  const sums = keep(np.sum(keep(even.ref.reshape([rows, row])).ref, 1))
  const sum = sumOf(sums, keep)
  if (rows * row === size) return sum
  return keep(sum.ref.add(np.sum(x.ref.slice([rows * row, size]))))
}

const unaryOf = (a: Arithmetic): { readonly [op in UnaryOp]: (x: JaxArray) => JaxArray } => ({
  ...transcendentalOf(a),
  neg: a.neg,
  abs: a.abs,
  // NaN and the zeros are neither less nor more than 0.
  sign: (x) => a.select(a.less(x, 0), -1, a.select(a.less(a.neg(x), 0), 1, x)),
  sqrt: a.sqrt,
  floor: a.floor,
  isNaN: a.isNaN,
  isFinite: a.isFinite,
})

const binaryOf = (a: Arithmetic): { readonly [op in BinaryOp]: (x: JaxArray, y: JaxArray) => JaxArray } => ({
  add: a.add,
  sub: a.sub,
  mul: a.mul,
  div: a.div,
  pow: transcendentalOf(a).pow,
  min: a.min,
  max: a.max,
  less: a.less,
  lessEqual: a.lessEqual,
  equal: a.equal,
})

/** All operations, with their results owned by `keep`. */
export const operationsOf = (keep: Keep) => {
  const a = arithmeticOf(keep)
  const scalars: Scalars<JaxArray> = {
    number: (x) => keep(scalar(x)),
    unary: unaryOf(a),
    binary: binaryOf(a),
    select: a.select,
  }
  const along = (f: typeof np.sum, x: JaxArray, axes: readonly number[], start: number): JaxArray => {
    if (x.size > 0) return keep(f(x.ref, [...axes], { keepdims: true }))
    return keep(
      np.full(
        x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent)),
        start,
        { dtype: np.float32 },
      ),
    )
  }
  /** Of all elements one number, or over axes, which stay as 1. */
  const reductions: { readonly [op in ReduceOp]: (x: JaxArray, axes?: readonly number[]) => JaxArray } = {
    sum: (x, axes) => {
      if (axes) return along(np.sum, x, axes, 0)
      return x.size === 0 ? scalars.number(0) : sumOf(keep(x.ref.reshape([-1])), keep)
    },
    max: (x, axes) => {
      if (axes) return along(np.max, x, axes, Number.NEGATIVE_INFINITY)
      return x.size === 0 ? scalars.number(Number.NEGATIVE_INFINITY) : keep(np.max(x.ref))
    },
  }
  return { scalars, reductions }
}
