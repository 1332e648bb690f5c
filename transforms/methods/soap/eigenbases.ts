/** Bases in which a matrix is nearly diagonal: float64 work on the host's numbers, or by operations where they cannot be read at once. */
import { NdArray } from '../../../lib/data/ndArray.ts'
import { type ArrayOps, type Follow, onNumbers, readsNow } from '../../../lib/hosts/arrayOps.ts'
import type { Shaped } from '../../../lib/hosts/engine.ts'
import { columnsAt, eigenByRotations, qrByReflections } from '../../arrays/rotations.ts'
import { householderQr } from '../../numerics/householderQr.ts'
import { symmetricEigen } from '../../numerics/symmetricEigen.ts'

const square = (n: number, at: (i: number, j: number) => number): NdArray =>
  new NdArray(
    Float64Array.from({ length: n * n }, (_, k) => at(Math.floor(k / n), k % n)),
    [n, n],
  )

const times = (a: NdArray, b: NdArray): NdArray => {
  const [n] = a.shape as [number]
  const made = new Float64Array(n * n)
  for (let i = 0; i < n; i++)
    for (let k = 0; k < n; k++) {
      const x = a.data[i * n + k] as number
      for (let j = 0; j < n; j++) made[i * n + j] = (made[i * n + j] as number) + x * (b.data[k * n + j] as number)
    }
  return new NdArray(made, [n, n])
}

/** 0, 1, … as a row, or from the last down. */
const places = <A extends Shaped>(ops: ArrayOps<A>, n: number, down = false): A =>
  ops.make(
    Float64Array.from({ length: n }, (_, i) => (down ? n - 1 - i : i)),
    [1, n],
  )

const refreshedByOperations = <A extends Shaped>(ops: ArrayOps<A>, matrix: A, basis: A): Refreshed<A> => {
  const [n] = matrix.shape as [number]
  const product = ops.matMul(matrix, basis)
  const sizes = ops.sum(ops.mul(basis, product), [0], true)
  const sorted = ops.argsort(ops.neg(sizes))
  const { q } = qrByReflections(ops, columnsAt(ops, product, sorted))
  return { basis: q, order: ops.equal(ops.reshape(places(ops, n), [n, 1]), sorted) }
}

/** The eigenvectors of a symmetric matrix, one a column, those of the largest eigenvalues first. */
export const eigenbasis = <A extends Shaped>(ops: ArrayOps<A>, matrix: A): A => {
  if (ops.follow) return ops.follow.eigh(ops.neg(matrix)).vectors
  if (!readsNow(ops)) {
    const { vectors } = eigenByRotations(ops, matrix)
    return columnsAt(ops, vectors, places(ops, matrix.shape[0] as number, true))
  }
  return onNumbers(ops, [matrix], (m) => {
    const { vectors } = symmetricEigen(m)
    const [n] = m.shape as [number]
    return [square(n, (i, j) => vectors.data[i * n + n - 1 - j] as number)]
  })[0] as A
}

/** A basis, and the permutation that its columns went through: order[i, j] = 1 where column j was column i. */
export interface Refreshed<A> {
  readonly basis: A
  readonly order: A
}

/** The same by array operations, where a stage is followed. */
const followed = <A extends Shaped>(ops: ArrayOps<A>, matrix: A, basis: A): Refreshed<A> => {
  const [n] = matrix.shape as [number]
  const product = ops.matMul(matrix, basis)
  const sorted = ops.argsort(ops.neg(ops.sum(ops.mul(basis, product), [0])))
  const column = (numbers: (i: number) => number): A =>
    ops.make(
      Float64Array.from({ length: n }, (_, i) => numbers(i)),
      [n, 1],
    )
  const places = ops.reshape(sorted, [1, n])
  const turned = ops.take(
    product,
    ops.add(
      column(() => 0),
      places,
    ),
  )
  const order = ops.equal(
    column((i) => i),
    places,
  )
  return { basis: (ops.follow as Follow<A>).qr(turned).q, order }
}

/**
 * One round of orthogonal iteration: the columns of a basis by falling vᵀ·M·v, then the Q of M·basis.
 */
export const refreshed = <A extends Shaped>(ops: ArrayOps<A>, matrix: A, basis: A): Refreshed<A> => {
  if (ops.follow) return followed(ops, matrix, basis)
  if (!readsNow(ops)) return refreshedByOperations(ops, matrix, basis)
  const [made, order] = onNumbers(ops, [matrix, basis], (m, q) => {
    const [n] = m.shape as [number]
    const product = times(m, q)
    const sizes = Array.from({ length: n }, (_, j) =>
      Array.from({ length: n }, (_, i) => (q.data[i * n + j] as number) * (product.data[i * n + j] as number)).reduce(
        (sum, x) => sum + x,
        0,
      ),
    )
    const sorted = sizes.map((_, j) => j).sort((a, b) => (sizes[b] as number) - (sizes[a] as number) || a - b)
    const { q: basis } = householderQr(square(n, (i, j) => product.data[i * n + (sorted[j] as number)] as number))
    return [basis, square(n, (i, j) => (sorted[j] === i ? 1 : 0))]
  }) as [A, A]
  return { basis: made, order }
}
