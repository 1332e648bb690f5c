/** Products of an array of any rank with a matrix along one of its axes. */
import type { ArrayOps } from '../../../lib/hosts/arrayOps.ts'
import type { Shaped } from '../../../lib/hosts/engine.ts'

const firstOf = (rank: number, axis: number): number[] => [
  axis,
  ...Array.from({ length: rank }, (_, i) => i).filter((i) => i !== axis),
]

/** The array as a matrix whose rows are an axis. */
export const unfold = <A extends Shaped>(ops: ArrayOps<A>, x: A, axis: number): A => {
  const extent = x.shape[axis] as number
  const size = x.shape.reduce((product, n) => product * n, 1)
  const turned = axis === 0 ? x : ops.transpose(x, firstOf(x.shape.length, axis))
  return ops.reshape(turned, [extent, extent === 0 ? 0 : size / extent])
}

/** An array of a shape, of the matrix whose rows are an axis of it. */
const fold = <A extends Shaped>(ops: ArrayOps<A>, m: A, shape: readonly number[], axis: number): A => {
  const order = firstOf(shape.length, axis)
  const made = ops.reshape(
    m,
    order.map((i) => shape[i] as number),
  )
  return ops.transpose(
    made,
    order.map((_, i) => order.indexOf(i)),
  )
}

/** Σ_i x[…, i, …]·m[i, j], with j in the place of i. */
export const timesAlong = <A extends Shaped>(ops: ArrayOps<A>, x: A, m: A, axis: number): A => {
  const product = ops.matMul(ops.transpose(m, [1, 0]), unfold(ops, x, axis))
  const shape = x.shape.map((n, i) => (i === axis ? (m.shape[1] as number) : n))
  return fold(ops, product, shape, axis)
}

/** The products of all pairs along an axis, summed over all others. */
export const gramAlong = <A extends Shaped>(ops: ArrayOps<A>, x: A, axis: number): A => {
  const m = unfold(ops, x, axis)
  return ops.matMul(m, ops.transpose(m, [1, 0]))
}
