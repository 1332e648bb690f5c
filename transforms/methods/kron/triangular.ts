/** Upper triangular matrices, by products of matrices alone: nothing is read, so that it runs on every device. */
import type { ArrayOps } from '../../../lib/hosts/arrayOps.ts'
import type { Shaped } from '../../../lib/hosts/engine.ts'

/** Of a matrix the entries [i, j] for which `isKept`, 0 elsewhere. */
const where = <A extends Shaped>(ops: ArrayOps<A>, x: A, isKept: (i: number, j: number) => boolean): A => {
  const [rows, columns] = x.shape as [number, number]
  const mask = Float64Array.from({ length: rows * columns }, (_, k) =>
    isKept(Math.floor(k / columns), k % columns) ? 1 : 0,
  )
  return ops.where(ops.make(mask, x.shape), x, ops.make(new Float64Array(rows * columns), x.shape))
}

/** The entries on and above the diagonal. */
export const upperOf = <A extends Shaped>(ops: ArrayOps<A>, x: A): A =>
  ops.follow ? ops.follow.upper(x) : where(ops, x, (i, j) => i <= j)

/** Up to this side all blocks of one size are inverted at once. */
const SMALL = 32

/**
 * The inverse of an upper triangular matrix, of which the part below the diagonal is not looked at.
 *
 *     [[A, B], [0, C]]⁻¹ = [[A⁻¹, −A⁻¹·B·C⁻¹], [0, C⁻¹]]
 */
export const inverseOfUpper = <A extends Shaped>(ops: ArrayOps<A>, x: A): A => {
  if (ops.follow) return ops.follow.inverseOfUpper(x)
  const [n] = x.shape as [number]
  if (n > SMALL) {
    const half = Math.ceil(n / 2)
    const rest = n - half
    const [a, c] = [
      inverseOfUpper(ops, ops.slice(x, [0, 0], [half, half])),
      inverseOfUpper(ops, ops.slice(x, [half, half], [rest, rest])),
    ]
    const b = ops.neg(ops.matMul(ops.matMul(a, ops.slice(x, [0, half], [half, rest])), c))
    const zeros = ops.make(new Float64Array(rest * half), [rest, half])
    return ops.concat([ops.concat([a, b], 1), ops.concat([zeros, c], 1)], 0)
  }
  let inverse = where(ops, ops.div(ops.make(new Float64Array(n * n).fill(1), [n, n]), x), (i, j) => i === j)
  for (let size = 1; size < n; size *= 2) {
    const block = (i: number): number => Math.floor(i / size)
    const between = where(ops, x, (i, j) => block(i) % 2 === 0 && block(j) === block(i) + 1)
    inverse = ops.sub(inverse, ops.matMul(ops.matMul(inverse, between), inverse))
  }
  return inverse
}
