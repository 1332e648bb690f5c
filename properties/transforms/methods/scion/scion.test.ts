/** Scion against its authors' code, and what it promises. */
import { describe, expect, test } from 'vitest'
import { float64, type ScionNorm, type ScionOptions, scaleByScion, scion } from '../../../../lib/index.ts'
import { distance } from '../../../golden/golden.ts'
import { type Run, recorded, replays } from '../../../golden/methods/replay.ts'

interface Given extends ScionOptions {
  readonly norms?: Readonly<Record<string, ScionNorm>>
  readonly radii?: Readonly<Record<string, number>>
}

replays('Scion', recorded<Run<Given>>('scion'), ({ options: { norms, radii, ...options } }) =>
  scion(0.05, {
    ...options,
    ...(norms && { norm: ({ path }) => norms[String(path[0])]! }),
    ...(radii && { radius: ({ path }) => radii[String(path[0])] ?? 1 }),
  }),
)

const m = [
  [1, -2, 0.5],
  [0.25, 3, -1],
]
const turned = (x: readonly (readonly number[])[]): number[][] => x[0]!.map((_, j) => x.map((row) => row[j]!))
const directionOf = (g: unknown, options = {}): number[][] => {
  const reader = float64(scaleByScion({ beta: 0, ...options }))
  return reader.update(g as never, reader.init(g as never))[0] as number[][]
}
const norm = (x: readonly number[]): number => Math.sqrt(x.reduce((sum, y) => sum + y * y, 0))

describe('scaleByScion', () => {
  test('of rows: every output has a norm of 1/√inputs', () => {
    for (const row of directionOf(m, { norm: 'rows', outputAxis: 'first' }))
      expect(norm(row)).toBeCloseTo(1 / Math.sqrt(3), 7)
  })

  test('of columns: every input has a root mean square of 1', () => {
    for (const row of turned(directionOf(m, { norm: 'columns', outputAxis: 'first' })))
      expect(norm(row) / Math.sqrt(2)).toBeCloseTo(1, 7)
  })

  test.each(['spectral', 'rows', 'columns', 'sign', 'rms'] as const)(
    'of %s: a matrix [inputs, outputs] is that of PyTorch turned',
    (norm) => {
      const theirs = directionOf(m, { norm, outputAxis: 'first' })
      expect(distance(turned(directionOf(turned(m), { norm })), theirs)).toBeLessThan(1e-14)
    },
  )

  test('does not see how large a gradient is', () => {
    const large = m.map((row) => row.map((x) => 1000 * x))
    for (const norm of ['spectral', 'rows', 'sign'] as const)
      expect(distance(directionOf(large, { norm }), directionOf(m, { norm }))).toBeLessThan(1e-6)
  })

  test('names every leaf that its norm is not for', () => {
    expect(() => float64(scaleByScion({ norm: 'rows' })).init({ a: [1, 2], b: 1 })).toThrow(
      /a: expected a leaf of rank 2 or more for the norm 'rows', got shape \[2\][\s\S]*b: expected a leaf of rank 2/,
    )
    expect(() => float64(scaleByScion({ norm: () => 'l3' as never })).init(m)).toThrow("expected one of 'spectral'")
  })
})

describe('scion', () => {
  test('constrained, weights that begin in the ball stay in it', () => {
    const tx = float64(scion(0.3, { norm: 'sign', radius: 2, outputAxis: 'first' }))
    let params: unknown = [[0.1, -0.2, 0.3]]
    let state = tx.init(params as never)
    for (let i = 0; i < 50; i++) {
      const made = tx.step([[Math.sin(i), 1, -1]], state, params as never)
      params = made.params
      state = made.state
      for (const w of (params as number[][]).flat()) expect(Math.abs(w)).toBeLessThanOrEqual(2 / 3 + 1e-12)
    }
  })

  test('predicts along the whole of its step, with the pull', () => {
    const tx = float64(scion(0.1, { predictSteps: 2 }))
    const { params, ahead } = tx.step(m, tx.init(m), m)
    const expected = (params as number[][]).map((row, i) => row.map((w, j) => w + 2 * (w - m[i]![j]!)))
    expect(distance(ahead, expected)).toBeLessThan(1e-14)
  })
})
