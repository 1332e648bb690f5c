/** Functions of plain numbers, against optax's recorded results and their own definitions. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hungarianAlgorithm, matrixInversePthRoot, nnls, powerIteration, safeIncrement } from '../../../lib/core.ts'

const golden = JSON.parse(readFileSync(new URL('../../golden/numerics.json', import.meta.url), 'utf8'))
const close = (got: readonly number[], want: readonly number[], tolerance: number): void => {
  expect(got.length).toBe(want.length)
  got.forEach((x, i) => {
    expect(Math.abs(x - (want[i] as number))).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(want[i] as number)))
  })
}
const times = (a: number[][], b: number[][]): number[][] =>
  a.map((row) => (b[0] as number[]).map((_, j) => row.reduce((sum, x, k) => sum + x * (b[k]?.[j] as number), 0)))
const finite = fc.double({ min: -10, max: 10, noNaN: true })
const matrices = (rows: number, columns: number) =>
  fc.array(fc.array(finite, { minLength: columns, maxLength: columns }), { minLength: rows, maxLength: rows })

test('safeIncrement counts, and stays at the last number that can be counted', () => {
  expect(safeIncrement(0)).toBe(1)
  expect(safeIncrement(2 ** 31 - 1)).toBe(2 ** 31)
  expect(safeIncrement(Number.MAX_SAFE_INTEGER)).toBe(Number.MAX_SAFE_INTEGER)
  for (const x of [-1, 0.5, Number.NaN, '1', undefined]) expect(() => safeIncrement(x as number)).toThrow('count')
})

describe('powerIteration', () => {
  test('finds what optax finds', () => {
    const { eigenvalue, eigenvector } = powerIteration(golden.matrix, { numIters: 5000, errorTolerance: 1e-13 })
    expect(eigenvalue).toBeCloseTo(golden.powerIteration.eigenvalue, 10)
    const sign = Math.sign((eigenvector[0] as number) * golden.powerIteration.eigenvector[0])
    close(
      eigenvector.map((x) => sign * x),
      golden.powerIteration.eigenvector,
      1e-9,
    )
  })
  test('of a diagonal is its largest number, of zeros 0', () => {
    expect(
      powerIteration(
        [
          [2, 0],
          [0, -5],
        ],
        { numIters: 1000, errorTolerance: 1e-12 },
      ).eigenvalue,
    ).toBeCloseTo(-5, 10)
    expect(
      powerIteration([
        [0, 0],
        [0, 0],
      ]).eigenvalue,
    ).toBe(0)
  })
})

describe('matrixInversePthRoot', () => {
  test.each(['1', '2', '4'])('of p = %s is optax’s, as far as its float32 goes', (p) => {
    const { root, error } = matrixInversePthRoot(golden.matrix, Number(p))
    expect(error).toBeLessThanOrEqual(1e-6)
    close(root.flat(), golden.roots[p].flat(), 2e-3)
  })
  test.each([1, 2, 3, 4, 8])('multiplied %s times by itself, and by the matrix, is the identity', (p) => {
    const a = golden.matrix as number[][]
    const { root } = matrixInversePthRoot(a, p, { ridgeEpsilon: 0, errorTolerance: 1e-12 })
    let made = a
    for (let i = 0; i < p; i++) made = times(made, root as number[][])
    close(
      made.flat(),
      made.flatMap((row, i) => row.map((_, j) => (i === j ? 1 : 0))),
      1e-7,
    )
  })
})

describe('nnls', () => {
  test('finds what optax comes near', () => {
    close(nnls(golden.A, golden.b), golden.nnls, 1e-6)
  })
  test('no other numbers from 0 up are nearer: the slopes are none at free numbers, and rise at those held', () => {
    fc.assert(
      fc.property(matrices(5, 3), fc.array(finite, { minLength: 5, maxLength: 5 }), (a, b) => {
        const x = nnls(a, b)
        expect(x.every((value) => value >= 0)).toBe(true)
        const far = a.map(
          (row, i) => row.reduce((sum, value, j) => sum + value * (x[j] as number), 0) - (b[i] as number),
        )
        const size = Math.max(1, ...a.flat().map(Math.abs)) ** 2 * Math.max(1, ...x, ...b.map(Math.abs))
        x.forEach((value, j) => {
          const slope = far.reduce((sum, f, i) => sum + f * (a[i]?.[j] as number), 0)
          if (value > 0) expect(Math.abs(slope)).toBeLessThan(1e-6 * size)
          else expect(slope).toBeGreaterThan(-1e-6 * size)
        })
      }),
    )
  })
})

describe('hungarianAlgorithm', () => {
  test('finds what optax finds, wide and tall', () => {
    const pairs = ([rows, columns]: readonly [number[], number[]]) => rows.map((row, k) => [row, columns[k]]).sort()
    expect(pairs(hungarianAlgorithm(golden.costs))).toEqual(pairs(golden.assignment))
    const tall = (golden.costs[0] as number[]).map((_: number, j: number) =>
      golden.costs.map((row: number[]) => row[j]),
    )
    const total = ([rows, columns]: readonly [number[], number[]]) =>
      rows.reduce((sum, row, k) => sum + tall[row][columns[k] as number], 0)
    expect(total(hungarianAlgorithm(tall))).toBeCloseTo(total(golden.transposed), 12)
  })
  test('costs no more than any other assignment', () => {
    const orders = (n: number): number[][] =>
      n === 0
        ? [[]]
        : orders(n - 1).flatMap((rest) =>
            rest.concat(n - 1).map((_, at) => [...rest.slice(0, at), n - 1, ...rest.slice(at)]),
          )
    fc.assert(
      fc.property(matrices(4, 4), (costs) => {
        const total = (columns: readonly number[]) =>
          columns.reduce((sum, column, row) => sum + (costs[row]?.[column] as number), 0)
        const [rows, columns] = hungarianAlgorithm(costs)
        expect(rows).toEqual([0, 1, 2, 3])
        expect(total(columns)).toBeCloseTo(Math.min(...orders(4).map(total)), 9)
      }),
    )
  })
  test.each([[[]], [[[1], [1, 2]]], [[[Number.NaN]]], [1], [undefined]])('refuses %j', (costs) => {
    expect(() => hungarianAlgorithm(costs as never)).toThrow('hungarianAlgorithm: costs: expected a matrix')
  })
})
