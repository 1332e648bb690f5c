/** Matrices in few dimensions: a matrix times a projector [side, rank] on one of its sides. */
import { oneOf } from '../../../lib/check/options.ts'
import { NdArray } from '../../../lib/data/ndArray.ts'
import { type ArrayOps, type Follow, onNumbers, readsNow } from '../../../lib/hosts/arrayOps.ts'
import type { Shaped } from '../../../lib/hosts/engine.ts'
import { columnsAt, eigenByRotations, qrByReflections } from '../../arrays/rotations.ts'
import { householderQr } from '../../numerics/householderQr.ts'
import { symmetricEigen } from '../../numerics/symmetricEigen.ts'

/** Which side is projected: the shorter of two ('std'; the columns of a square), the longer ('reverseStd'), the rows, or the columns. */
export type ProjType = 'std' | 'reverseStd' | 'left' | 'right'

export const projTypeKind = oneOf('std', 'reverseStd', 'left', 'right')

/** The side of a matrix that is projected: its rows ('left') or its columns. */
export const sideOf = ([rows, columns]: readonly number[], type: ProjType): 'left' | 'right' => {
  if (type === 'left' || type === 'right') return type
  const isTall = (rows as number) >= (columns as number)
  return isTall === (type === 'std') ? 'right' : 'left'
}

/** How many dimensions are left: no more than the matrix has. */
export const rankOf = (shape: readonly number[], rank: number): number => Math.min(rank, ...shape)

/** The shape of the projector of a matrix. */
export const projectorShape = (shape: readonly number[], rank: number, type: ProjType): readonly number[] => [
  shape[sideOf(shape, type) === 'left' ? 0 : 1] as number,
  rankOf(shape, rank),
]

const turned = <A extends Shaped>(ops: ArrayOps<A>, x: A): A => ops.transpose(x, [1, 0])

/** Pᵀ·x, or x·P. */
export const projected = <A extends Shaped>(ops: ArrayOps<A>, x: A, p: A, side: 'left' | 'right'): A =>
  side === 'left' ? ops.matMul(turned(ops, p), x) : ops.matMul(x, p)

/** P·x, or x·Pᵀ. */
export const projectedBack = <A extends Shaped>(ops: ArrayOps<A>, x: A, p: A, side: 'left' | 'right'): A =>
  side === 'left' ? ops.matMul(p, x) : ops.matMul(x, turned(ops, p))

const transposed = ({ data, shape: [rows = 0, columns = 0] }: NdArray): NdArray =>
  new NdArray(
    Float64Array.from({ length: data.length }, (_, i) => data[(i % rows) * columns + Math.floor(i / rows)] as number),
    [columns, rows],
  )

const times = (a: NdArray, b: NdArray): NdArray => {
  const [rows, inner] = a.shape as [number, number]
  const columns = b.shape[1] as number
  const made = new Float64Array(rows * columns)
  for (let i = 0; i < rows; i++)
    for (let k = 0; k < inner; k++) {
      const x = a.data[i * inner + k] as number
      for (let j = 0; j < columns; j++)
        made[i * columns + j] = (made[i * columns + j] as number) + x * (b.data[k * columns + j] as number)
    }
  return new NdArray(made, [rows, columns])
}

/** The eigenvectors of xᵀ·x for its largest eigenvalues: the right singular vectors of x, one a column. */
const rightVectors = (x: NdArray, rank: number): NdArray => {
  const { vectors } = symmetricEigen(times(transposed(x), x))
  const n = x.shape[1] as number
  const at = (i: number): number => vectors.data[Math.floor(i / rank) * n + n - 1 - (i % rank)] as number
  return new NdArray(
    Float64Array.from({ length: n * rank }, (_, i) => at(i)),
    [n, rank],
  )
}

/** The left singular vectors that belong to right ones: the orthonormal columns of x·v, which point the same way. */
const leftOf = (x: NdArray, v: NdArray): NdArray => {
  const { q, r } = householderQr(times(x, v))
  const [rows, rank] = q.shape as [number, number]
  const sign = (j: number): number => ((r.data[j * rank + j] as number) < 0 ? -1 : 1)
  return new NdArray(
    q.data.map((value, i) => value * sign(i % rank)),
    [rows, rank],
  )
}

/** The same by array operations, where a stage is followed. */
const followed = <A extends Shaped>(ops: ArrayOps<A>, x: A, rank: number, side: 'left' | 'right'): A => {
  const { eigh, qr } = ops.follow as Follow<A>
  const [rows, columns] = x.shape as [number, number]
  const wide = rows < columns
  const own = wide ? turned(ops, x) : x
  const n = own.shape[1] as number
  const v = ops.slice(eigh(ops.neg(ops.matMul(turned(ops, own), own))).vectors, [0, 0], [n, rank])
  if (wide === (side === 'left')) return v
  const { q, r } = qr(ops.matMul(own, v))
  const unit = Float64Array.from({ length: rank * rank }, (_, i) => (i % (rank + 1) === 0 ? 1 : 0))
  const diagonal = ops.sum(ops.mul(r, ops.make(unit, [rank, rank])), [0])
  return ops.where(ops.less(diagonal, 0), ops.neg(q), q)
}

/** The same by array operations alone. */
const leadingByOperations = <A extends Shaped>(ops: ArrayOps<A>, x: A, rank: number, side: 'left' | 'right'): A => {
  const [rows, columns] = x.shape as [number, number]
  const wide = rows < columns
  const own = wide ? turned(ops, x) : x
  const n = Math.min(rows, columns)
  const { vectors } = eigenByRotations(ops, ops.matMul(turned(ops, own), own))
  const last = ops.make(
    Float64Array.from({ length: rank }, (_, i) => n - 1 - i),
    [1, rank],
  )
  const v = columnsAt(ops, vectors, last)
  if (wide === (side === 'left')) return v
  const { q, r } = qrByReflections(ops, ops.matMul(own, v))
  const diagonal = ops.make(
    Float64Array.from({ length: rank * rank }, (_, i) => (i % (rank + 1) === 0 ? 1 : 0)),
    [rank, rank],
  )
  const signs = ops.add(ops.mul(ops.less(ops.sum(ops.mul(r, diagonal), [0], true), 0), -2), 1)
  return ops.mul(q, signs)
}

/**
 * The leading singular vectors of a side of a matrix, one a column, by the Gram matrix of the shorter side: float64 work on the host's numbers, or by
 * array operations where these cannot be read at once.
 */
export const leadingVectors = <A extends Shaped>(ops: ArrayOps<A>, x: A, rank: number, side: 'left' | 'right'): A => {
  if (ops.follow) return followed(ops, x, rank, side)
  if (!readsNow(ops)) return leadingByOperations(ops, x, rank, side)
  return onNumbers(ops, [x], (m) => {
    const [rows, columns] = m.shape as [number, number]
    const wide = rows < columns
    const own = wide ? transposed(m) : m
    const v = rightVectors(own, rank)
    return [wide === (side === 'left') ? v : leftOf(own, v)]
  })[0] as A
}
