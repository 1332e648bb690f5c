/** How large an array is, as an array of no axes: nothing is read. */
import { sizeOf } from '../../../lib/data/shape.ts'
import type { ArrayOps } from '../../../lib/hosts/arrayOps.ts'
import type { Shaped } from '../../../lib/hosts/engine.ts'

/** The smallest normal number of float32: what keeps a quotient finite. */
export const TINY = 2 ** -126

const sumOf = <A extends Shaped>(ops: ArrayOps<A>, x: A): A => ops.sum(x, [...x.shape.keys()])

export const meanOfAbs = <A extends Shaped>(ops: ArrayOps<A>, x: A): A =>
  ops.div(sumOf(ops, ops.abs(x)), sizeOf(x.shape))

export const rootMeanSquare = <A extends Shaped>(ops: ArrayOps<A>, x: A): A =>
  ops.sqrt(ops.div(sumOf(ops, ops.mul(x, x)), sizeOf(x.shape)))

/** The largest of all: halves laid on each other until one number is left. */
export const largestOfAbs = <A extends Shaped>(ops: ArrayOps<A>, x: A): A => {
  if (ops.follow) return ops.follow.largest(ops.abs(x))
  let left = ops.reshape(ops.abs(x), [sizeOf(x.shape)])
  for (let n = sizeOf(x.shape); n > 1; n = Math.ceil(n / 2)) {
    const half = Math.ceil(n / 2)
    left = ops.max(ops.slice(left, [0], [half]), ops.slice(left, [n - half], [half]))
  }
  return ops.reshape(left, [])
}

const normOf = <A extends Shaped>(ops: ArrayOps<A>, x: A): A => ops.sqrt(sumOf(ops, ops.mul(x, x)))

/**
 * A lower bound of the spectral norm of a symmetric matrix, seldom below its half and mostly near it: two products with its longest row.
 *
 *     x = S·s / ‖S·s‖, s the longest row;  ‖S·x‖
 *
 * Source: psgd_torch, `norm_lower_bound`, which takes a matrix of any kind. Sizes are taken out before squares, for float32.
 */
export const normLowerBound = <A extends Shaped>(ops: ArrayOps<A>, symmetric: A): A => {
  const size = ops.add(ops.mul(meanOfAbs(ops, symmetric), symmetric.shape[0] as number), TINY)
  const s = ops.div(symmetric, size)
  const lengths = ops.sum(ops.mul(s, s), [0])
  const first = ops.slice(ops.argsort(ops.neg(lengths)), [0], [1])
  const [n] = s.shape as [number]
  const places = ops.add(ops.make(new Float64Array(n), [n, 1]), ops.reshape(first, [1, 1]))
  const x = ops.matMul(s, ops.take(s, places))
  return ops.mul(size, normOf(ops, ops.matMul(s, ops.div(x, ops.add(normOf(ops, x), TINY)))))
}
