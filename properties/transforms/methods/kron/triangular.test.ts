import { describe, expect, test } from 'vitest'
import { NdArray } from '../../../../lib/data/ndArray.ts'
import { float64Ops as ops } from '../../../../lib/hosts/float64/ops.ts'
import { normals, seedKey } from '../../../../lib/index.ts'
import { balanced, preconditioned } from '../../../../transforms/methods/kron/factors.ts'
import { largestOfAbs, normLowerBound } from '../../../../transforms/methods/kron/sizes.ts'
import { inverseOfUpper, upperOf } from '../../../../transforms/methods/kron/triangular.ts'
import { symmetricEigen } from '../../../../transforms/numerics/symmetricEigen.ts'

const drawn = (rows: number, columns: number, step = 0): NdArray =>
  new NdArray(Float64Array.from(normals(seedKey(7), rows * columns, { step })), [rows, columns])
const upper = (n: number): NdArray => {
  const { data } = upperOf(ops, drawn(n, n))
  return new NdArray(
    data.map((x, k) => (k % (n + 1) === 0 ? 2 + Math.abs(x) : x / Math.sqrt(n))),
    [n, n],
  )
}
const off = (a: NdArray, b: (i: number, j: number) => number): number =>
  a.data.reduce((most, x, k) => {
    const n = a.shape[1] as number
    return Math.max(most, Math.abs(x - b(Math.floor(k / n), k % n)))
  }, 0)

describe('inverseOfUpper', () => {
  test.each([1, 2, 3, 7, 32, 33, 65, 100])('a triangle of side %i times its inverse is the identity', (n) => {
    const x = upper(n)
    const inverse = inverseOfUpper(ops, x)
    const identity = (i: number, j: number): number => (i === j ? 1 : 0)
    expect(off(ops.matMul(x, inverse), identity)).toBeLessThan(1e-12)
    expect(off(upperOf(ops, inverse), (i, j) => inverse.data[i * n + j]!)).toBe(0)
  })
})

describe('normLowerBound', () => {
  test.each([1, 2, 5, 40])('of a symmetric matrix of side %i is below the spectral norm, above its half', (n) => {
    for (let step = 0; step < 5; step++) {
      const x = drawn(n, n, step)
      const gram = ops.matMul(x, ops.transpose(x, [1, 0]))
      const largest = symmetricEigen(gram).values.data.at(-1)!
      const [bound] = normLowerBound(ops, gram).data as unknown as [number]
      expect(bound).toBeLessThanOrEqual(largest * (1 + 1e-12))
      expect(bound).toBeGreaterThan(largest / 2)
    }
  })

  test('of zeros is 0', () => {
    expect(normLowerBound(ops, new NdArray(new Float64Array(4), [2, 2])).data[0]).toBe(0)
  })
})

test.each([1, 2, 3, 5, 8, 13])('largestOfAbs of %i numbers finds it wherever it is', (n) => {
  for (let place = 0; place < n; place++) {
    const x = new NdArray(
      Float64Array.from({ length: n }, (_, i) => (i === place ? -9 : i)).map((v) => v / 10),
      [n],
    )
    expect(largestOfAbs(ops, x).data[0]).toBe(n > 10 ? Math.max(0.9, place === n - 1 ? 1.1 : 1.2) : 0.9)
  }
})

test('balanced factors have one size and precondition as before', () => {
  const qs = [upper(3), ops.mul(upper(4), 1e4)]
  const g = drawn(3, 4, 3)
  const made = balanced(ops, qs)
  const [a, b] = made.map((q) => largestOfAbs(ops, q).data[0]!) as [number, number]
  expect(a / b).toBeCloseTo(1, 12)
  const [before, after] = [qs, made].map((list) => preconditioned(ops, list, g)) as [NdArray, NdArray]
  expect(off(ops.div(after, before), () => 1)).toBeLessThan(1e-12)
})
