/** The factors of kron's preconditioner: along each axis a number an entry, or an upper triangular matrix. */
import type { ArrayOps } from '../../../lib/hosts/arrayOps.ts'
import type { Shaped } from '../../../lib/hosts/engine.ts'
import { gramAlong, timesAlong } from '../matrices/alongAxis.ts'
import { largestOfAbs, normLowerBound, TINY } from './sizes.ts'
import { inverseOfUpper, upperOf } from './triangular.ts'

const isMatrix = ({ shape }: Shaped): boolean => shape.length === 2

const turned = <A extends Shaped>(ops: ArrayOps<A>, q: A): A => ops.transpose(q, [1, 0])

const spread = <A extends Shaped>(ops: ArrayOps<A>, q: A, { shape }: Shaped, axis: number): A =>
  ops.reshape(
    q,
    shape.map((n, i) => (i === axis ? n : 1)),
  )

/** Σ_i q[j, i]·x[…, i, …] in the place of j, or q·x entry by entry. */
const by = <A extends Shaped>(ops: ArrayOps<A>, x: A, q: A, axis: number): A =>
  isMatrix(q) ? timesAlong(ops, x, turned(ops, q), axis) : ops.mul(x, spread(ops, q, x, axis))

/** The same with qᵀ. */
const byTurned = <A extends Shaped>(ops: ArrayOps<A>, x: A, q: A, axis: number): A =>
  isMatrix(q) ? timesAlong(ops, x, q, axis) : by(ops, x, q, axis)

/** The same with q⁻ᵀ. */
const byInverse = <A extends Shaped>(ops: ArrayOps<A>, x: A, q: A, axis: number): A =>
  isMatrix(q) ? timesAlong(ops, x, inverseOfUpper(ops, q), axis) : ops.div(x, spread(ops, q, x, axis))

const along = <A extends Shaped>(x: A, qs: readonly A[], f: (x: A, q: A, axis: number) => A): A =>
  qs.reduce((made, q, axis) => f(made, q, axis), x)

/** g multiplied along each axis by qᵀ·q. */
export const preconditioned = <A extends Shaped>(ops: ArrayOps<A>, qs: readonly A[], g: A): A =>
  along(g, qs, (x, q, axis) => byTurned(ops, by(ops, x, q, axis), q, axis))

/**
 * The factors after one step towards those under which g is white, with v a probe of normal numbers.
 *
 *     a = g by q along each axis;  b = v by q⁻ᵀ along each axis;  for each axis: s = a·aᵀ, t = b·bᵀ along it
 *     q' = q − learningRate·triu(s − t)·q / ‖s + t‖,  or by entries where q is no matrix
 */
export const renewed = <A extends Shaped>(
  ops: ArrayOps<A>,
  qs: readonly A[],
  g: A,
  v: A,
  learningRate: number,
): readonly A[] => {
  const a = along(g, qs, (x, q, axis) => by(ops, x, q, axis))
  const b = along(v, qs, (x, q, axis) => byInverse(ops, x, q, axis))
  return qs.map((q, axis) => {
    if (isMatrix(q)) {
      const [s, t] = [gramAlong(ops, a, axis), gramAlong(ops, b, axis)]
      const rate = ops.div(normLowerBound(ops, ops.add(s, t)), learningRate)
      return ops.sub(q, ops.div(ops.matMul(upperOf(ops, ops.sub(s, t)), q), ops.add(rate, TINY)))
    }
    const others = [...g.shape.keys()].filter((i) => i !== axis)
    const [s, t] = [a, b].map((x) => ops.sum(ops.mul(x, x), others)) as [A, A]
    const rate = ops.div(largestOfAbs(ops, ops.add(s, t)), learningRate)
    return ops.sub(q, ops.div(ops.mul(ops.sub(s, t), q), ops.add(rate, TINY)))
  })
}

/** The same product of factors, all of which have a largest number of one size. */
export const balanced = <A extends Shaped>(ops: ArrayOps<A>, qs: readonly A[]): readonly A[] => {
  const [first, ...others] = qs.map((q) => largestOfAbs(ops, q))
  if (first === undefined || others.length === 0) return qs
  const sizes = [first, ...others]
  const mean = ops.exp(
    ops.div(
      sizes.map((x) => ops.log(x)).reduce((sum, x) => ops.add(sum, x)),
      sizes.length,
    ),
  )
  return qs.map((q, i) => ops.mul(q, ops.div(mean, sizes[i] as A)))
}
