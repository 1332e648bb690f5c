/** Matrices of plain numbers, row by row. */
import type { Kind } from '../../lib/check/options.ts'

/** A matrix: its rows, all of one length. */
export type Matrix = readonly (readonly number[])[]

const isRow = (x: unknown, length: number): boolean =>
  Array.isArray(x) && x.length === length && Array.from(x).every((value) => Number.isFinite(value))

const isMatrix = (x: unknown): x is Matrix =>
  Array.isArray(x) && x.length > 0 && Array.isArray(x[0]) && Array.from(x).every((row) => isRow(row, x[0].length))

export const matrix: Kind = { expected: 'a matrix of finite numbers, row by row', test: isMatrix }
export const square: Kind = {
  expected: 'a square matrix of finite numbers, row by row',
  test: (x) => isMatrix(x) && x.length === (x[0] as readonly number[]).length,
}
/** A vector of so many finite numbers. */
export const vector = (length: number): Kind => ({
  expected: `${length} finite numbers`,
  test: (x) => isRow(x, length),
})

/** x·y */
export const dot = (x: readonly number[], y: readonly number[]): number =>
  x.reduce((sum, value, i) => sum + value * (y[i] as number), 0)

/** A·x */
export const timesVector = (a: Matrix, x: readonly number[]): number[] => a.map((row) => dot(row, x))

/** Aᵀ */
export const transposed = (a: Matrix): number[][] => (a[0] ?? []).map((_, j) => a.map((row) => row[j] as number))

/** A·B */
export const product = (a: Matrix, b: Matrix): number[][] => {
  const columns = transposed(b)
  return a.map((row) => columns.map((column) => dot(row, column)))
}

/** p·I + q·A */
export const shifted = (p: number, q: number, a: Matrix): number[][] =>
  a.map((row, i) => row.map((value, j) => q * value + (i === j ? p : 0)))

/** The largest |A − I|. */
export const fromIdentity = (a: Matrix): number =>
  Math.max(...a.map((row, i) => Math.max(...row.map((value, j) => Math.abs(value - (i === j ? 1 : 0))))))
