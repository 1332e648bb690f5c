import { checkRunArgument } from '../../lib/check/options.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { dot, type Matrix, matrix, product, timesVector, transposed, vector } from './matrix.ts'

/** The solution of a system that is symmetric and positive, by elimination with the largest pivot. */
const solve = (a: Matrix, b: readonly number[]): number[] => {
  const rows = a.map((row, i) => [...row, b[i] as number])
  const n = rows.length
  for (let k = 0; k < n; k++) {
    let best = k
    for (let i = k + 1; i < n; i++) if (Math.abs(rows[i]?.[k] as number) > Math.abs(rows[best]?.[k] as number)) best = i
    const [pivot, other] = [rows[best] as number[], rows[k] as number[]]
    rows[k] = pivot
    rows[best] = other
    for (let i = k + 1; i < n; i++) {
      const row = rows[i] as number[]
      const factor = (row[k] as number) / (pivot[k] as number)
      for (let j = k; j <= n; j++) row[j] = (row[j] as number) - factor * (pivot[j] as number)
    }
  }
  const x = new Array<number>(n).fill(0)
  for (let i = n - 1; i >= 0; i--) {
    const row = rows[i] as number[]
    const known = row.slice(i + 1, n).reduce((sum, value, j) => sum + value * (x[i + 1 + j] as number), 0)
    x[i] = ((row[n] as number) - known) / (row[i] as number)
  }
  return x
}

/**
 * The least squares solution without negative numbers.
 *
 *     x = argmin ‖A·x − b‖ over x ≥ 0
 *
 * By active sets: exact up to rounding. Shapes: A [m, n], row by row; b [m]; x [n]. In float64. Errors: `bad-argument`.
 * Source: Lawson & Hanson 1974, chapter 23; optax, `nnls`, comes near the same by projected gradients.
 */
export const nnls = (a: Matrix, b: readonly number[], ...excess: Excess): number[] => {
  noExcess('nnls', excess)
  checkRunArgument('nnls: A', a, matrix)
  checkRunArgument('nnls: b', b, vector(a.length))
  const columns = transposed(a)
  const [normal, right] = [product(columns, a), timesVector(columns, b)]
  const size = columns.length
  const tolerance = 1e-12 * Math.max(1, ...right.map(Math.abs))
  let x = new Array<number>(size).fill(0)
  const free = new Set<number>()
  // Each round frees a number, and no set of free ones comes again.
  for (let round = 0; round < 3 * size + 10; round++) {
    const slope = right.map((value, i) => value - dot(normal[i] as number[], x))
    const held = slope.map((value, i) => (free.has(i) ? Number.NEGATIVE_INFINITY : value))
    const steepest = held.indexOf(Math.max(...held))
    if (steepest < 0 || (held[steepest] as number) <= tolerance) return x
    free.add(steepest)
    x = settled(normal, right, x, free)
  }
  return x
}

/** The solution over the free numbers; those that would become negative on the way are held at 0 again. */
const settled = (normal: Matrix, right: readonly number[], from: readonly number[], free: Set<number>): number[] => {
  let x = [...from]
  for (;;) {
    const list = [...free]
    const found = solve(
      list.map((i) => list.map((j) => normal[i]?.[j] as number)),
      list.map((i) => right[i] as number),
    )
    const target = new Array<number>(x.length).fill(0)
    list.forEach((i, k) => {
      target[i] = found[k] as number
    })
    const negative = list.filter((i) => !((target[i] as number) > 0))
    if (negative.length === 0) return target
    const way = Math.min(...negative.map((i) => (x[i] as number) / ((x[i] as number) - (target[i] as number)) || 0))
    x = x.map((value, i) => value + way * ((target[i] as number) - value))
    for (const i of negative) {
      if ((x[i] as number) > 1e-14) continue
      x[i] = 0
      free.delete(i)
    }
  }
}
