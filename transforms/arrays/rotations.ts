/** Eigenvectors and reflections by array operations alone, for hosts whose numbers cannot be read at once. */
import { type ArrayOps, scoped } from '../../lib/hosts/arrayOps.ts'
import type { Shaped } from '../../lib/hosts/engine.ts'
import type { Qr } from '../numerics/householderQr.ts'
import type { Eigen } from '../numerics/symmetricEigen.ts'

/** The smallest normal number of float32: what keeps a quotient finite. */
const TINY = 2 ** -126

const matrix = <A extends Shaped>(ops: ArrayOps<A>, n: number, m: number, at: (i: number, j: number) => number): A =>
  ops.make(
    Float64Array.from({ length: n * m }, (_, k) => at(Math.floor(k / m), k % m)),
    [n, m],
  )

export const turned = <A extends Shaped>(ops: ArrayOps<A>, x: A): A => ops.transpose(x, [1, 0])

/** ‖x‖ as an array of no axes, never 0. */
const sizeOf = <A extends Shaped>(ops: ArrayOps<A>, x: A): A =>
  ops.add(ops.sqrt(ops.sum(ops.mul(x, x), [...x.shape.keys()])), TINY)

/** −1 where x is below 0, else 1. */
const signOf = <A extends Shaped>(ops: ArrayOps<A>, x: A): A => ops.add(ops.mul(ops.less(x, 0), -2), 1)

/** 1 where x is 0, 0 where it is 1. */
const not = <A extends Shaped>(ops: ArrayOps<A>, x: A): A => ops.add(ops.neg(x), 1)

/** `step` so many times, every half in a scope of its own: what log2 of the steps make stays at a time, not what all of them make. */
const repeated = <A extends Shaped, T>(ops: ArrayOps<A>, count: number, step: (x: T) => T, x: T): T => {
  if (count < 1) return x
  if (count === 1) return scoped(ops, () => step(x))
  const half = count >> 1
  return scoped(ops, () => repeated(ops, count - half, step, repeated(ops, half, step, x)))
}

/** The columns of x in an order, by places [1, columns]. */
export const columnsAt = <A extends Shaped>(ops: ArrayOps<A>, x: A, places: A): A => {
  const [rows] = x.shape as [number]
  return ops.take(x, ops.add(ops.make(new Float64Array(rows), [rows, 1]), places))
}

/** So many rounds in which each pair meets once, until float32 sees nothing beside the diagonal. */
const sweepsFor = (n: number): number => (n === 2 ? 1 : 1 + Math.ceil(2 * Math.log2(n)))

/** Where who sits at place j after a round came from: all but the first move on by one around the table, place i facing place i + half. */
const seatBefore = (half: number, j: number): number => {
  if (j === 0 || half === 1) return j
  if (j === 1) return half
  if (j < half) return j - 1
  return j < 2 * half - 1 ? j + 1 : half - 1
}

/** A rotation a pair and round, all pairs of a round at once; the values are not in order. */
const diagonalised = <A extends Shaped>(ops: ArrayOps<A>, x: A): Eigen<A> => {
  const [n] = x.shape as [number]
  const half = n / 2
  const isPair = (i: number, j: number): boolean => Math.abs(i - j) === half
  const side = (i: number): number => (i < half ? 1 : -1)
  const at = (kept: (i: number, j: number) => number): A => matrix(ops, n, n, kept)
  const [own, other] = [at((i, j) => Number(i === j)), at((i, j) => Number(isPair(i, j)))]
  const [both, apartOf] = [
    at((i, j) => Number(i === j || isPair(i, j))),
    at((i, j) => side(i) * (Number(isPair(i, j)) - Number(i === j))),
  ]
  // A round's turn, and after it everybody moves on.
  const move = at((i, j) => Number(i === seatBefore(half, j)))
  const cross = at((i, j) => side(i) * Number(isPair(i, seatBefore(half, j))))
  const round = ([a, v]: readonly [A, A]): readonly [A, A] => {
    const twice = ops.matMul(both, ops.sum(ops.mul(a, other), [1], true))
    const apart = ops.matMul(apartOf, ops.sum(ops.mul(a, own), [1], true))
    const root = ops.add(ops.sqrt(ops.add(ops.mul(apart, apart), ops.mul(twice, twice))), TINY)
    const tangent = ops.div(twice, ops.add(apart, ops.mul(ops.sign(ops.add(apart, TINY)), root)))
    const cosine = ops.pow(ops.add(ops.mul(tangent, tangent), 1), -0.5)
    const turn = ops.add(ops.mul(move, cosine), ops.mul(cross, ops.mul(tangent, cosine)))
    return [ops.matMul(ops.matMul(turned(ops, turn), a), turn), ops.matMul(v, turn)]
  }
  const [a, v] = repeated<A, readonly [A, A]>(ops, sweepsFor(n) * (n - 1), round, [x, own])
  return { values: ops.sum(ops.mul(a, own), [1]), vectors: v }
}

/** The vectors, one a row, whose first number of at least half the largest size is positive. */
const upright = <A extends Shaped>(ops: ArrayOps<A>, rows: A): A => {
  const [n] = rows.shape as [number]
  const sizes = ops.abs(rows)
  const largest = ops.slice(ops.take(sizes, ops.argsort(sizes)), [0, n - 1], [n, 1])
  const isLarge = not(ops, ops.less(sizes, ops.mul(largest, 0.5)))
  const before = ops.matMul(
    isLarge,
    matrix(ops, n, n, (i, j) => (i < j ? 1 : 0)),
  )
  const leading = ops.sum(ops.mul(ops.mul(isLarge, ops.less(before, 0.5)), rows), [1], true)
  return ops.mul(rows, signOf(ops, leading))
}

/**
 * What `symmetricEigen` says, by Jacobi's rotations as products of matrices: nothing is read.
 *
 * Shapes: x [n, n]. Values that differ by less than what float32 sees of the largest share their vectors in some way of their own.
 * Source: Golub & Van Loan 2013, Matrix Computations, 8.5, the parallel ordering.
 */
export const eigenByRotations = <A extends Shaped>(ops: ArrayOps<A>, x: A): Eigen<A> => {
  const [n] = x.shape as [number]
  if (n === 0) return { values: ops.reshape(x, [0]), vectors: ops.mul(x, 1) }
  if (n === 1) return { values: ops.reshape(x, [1]), vectors: ops.add(ops.mul(x, 0), 1) }
  const size = sizeOf(ops, x)
  const a = ops.div(ops.add(x, turned(ops, x)), ops.mul(size, 2))
  // An odd one out meets a number above all others, which turns nothing and is the last.
  const beside = ops.make(new Float64Array(n), [n, 1])
  const corner = ops.make(Float64Array.of(2), [1, 1])
  const even =
    n % 2 === 0 ? a : ops.concat([ops.concat([a, beside], 1), ops.concat([ops.reshape(beside, [1, n]), corner], 1)], 0)
  const made = diagonalised(ops, even)
  const values = ops.slice(made.values, [0], [n])
  const v = ops.slice(made.vectors, [0, 0], [n, n])
  // What rounding took from their right angles.
  const gram = ops.matMul(turned(ops, v), v)
  const square = ops.matMul(
    v,
    ops.sub(
      matrix(ops, n, n, (i, j) => (i === j ? 1.5 : 0)),
      ops.mul(gram, 0.5),
    ),
  )
  const row = ops.reshape(values, [1, n])
  const places = ops.argsort(row)
  const sorted = columnsAt(ops, square, places)
  return {
    values: ops.mul(ops.reshape(ops.take(row, places), [n]), size),
    vectors: turned(ops, upright(ops, turned(ops, sorted))),
  }
}

/** What counts as nothing below the diagonal beside the matrix's norm, 1: of a smaller square float32 has no quotient. */
const LEAST_REST = 2 ** -120

/** A matrix on its way to R, and the reflections that brought it there: x ← x − weighed·(vᵀ·x). */
interface Reflected<A> {
  readonly a: A
  readonly made: readonly { readonly v: A; readonly weighed: A }[]
}

/** What `householderQr` says, one reflection after another by array operations: nothing is read. */
export const qrByReflections = <A extends Shaped>(ops: ArrayOps<A>, x: A): Qr<A> => {
  const [n, m] = x.shape as [number, number]
  const k = Math.min(n, m)
  if (k === 0) return { q: ops.make(new Float64Array(0), [n, k]), r: ops.make(new Float64Array(0), [k, m]) }
  const size = sizeOf(ops, x)
  const rows = matrix(ops, n, 1, (i) => i)
  const mirrored = (of: A, { v, weighed }: Reflected<A>['made'][number]): A =>
    ops.sub(of, ops.matMul(weighed, ops.matMul(turned(ops, v), of)))
  const reflect = ({ a, made }: Reflected<A>): Reflected<A> => {
    const j = made.length
    const column = ops.slice(a, [0, j], [n, 1])
    const below = ops.mul(column, not(ops, ops.lessEqual(rows, j)))
    const first = ops.slice(a, [j, j], [1, 1])
    const rest = ops.sum(ops.mul(below, below), [0, 1], true)
    const norm = ops.sqrt(ops.add(rest, ops.mul(first, first)))
    const head = ops.add(first, ops.mul(signOf(ops, first), norm))
    const v = ops.add(below, ops.mul(ops.equal(rows, j), head))
    const isThere = not(ops, ops.lessEqual(rest, LEAST_REST))
    const factor = ops.div(isThere, ops.add(ops.mul(norm, ops.abs(head)), not(ops, isThere)))
    const reflection = { v, weighed: ops.mul(v, factor) }
    return { a: mirrored(a, reflection), made: [...made, reflection] }
  }
  const count = Math.min(k, n - 1)
  const { a, made } = repeated<A, Reflected<A>>(ops, count, reflect, { a: ops.div(x, size), made: [] })
  const back = [...made].reverse()
  const { q } = repeated<A, { readonly q: A; readonly done: number }>(
    ops,
    count,
    ({ q, done }) => ({ q: mirrored(q, back[done] as Reflected<A>['made'][number]), done: done + 1 }),
    { q: matrix(ops, n, k, (i, j) => (i === j ? 1 : 0)), done: 0 },
  )
  const upper = matrix(ops, k, m, (i, j) => (i <= j ? 1 : 0))
  return { q, r: ops.mul(ops.mul(ops.slice(a, [0, 0], [k, m]), upper), size) }
}
