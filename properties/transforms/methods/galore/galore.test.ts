/** GaLore against its authors' code, and what it promises. */
import { describe, expect, test } from 'vitest'
import {
  adamw,
  float64,
  type GaloreOptions,
  type GaloreState,
  galore,
  scaleByAdam,
  scaleByGalore,
  trace,
  treeMap,
} from '../../../../lib/index.ts'
import { distance } from '../../../golden/golden.ts'
import { type Run, recorded, replays } from '../../../golden/methods/replay.ts'

replays('GaLore', recorded<Run<GaloreOptions>>('galore'), ({ options }) =>
  galore(0.05, { ...options, baseOptimizer: scaleByAdam({ eps: 0 }) }),
)

const g = [
  [1, -2, 0.5],
  [0.25, 3, -1],
]
const directionOf = (given: unknown, options = {}): number[][] => {
  const reader = float64(scaleByGalore({ baseOptimizer: trace({ decay: 0 }), ...options }))
  return reader.update(given as never, reader.init(given as never))[0] as number[][]
}

describe('scaleByGalore', () => {
  test.each(['std', 'reverseStd', 'left', 'right'] as const)(
    '%s: of full rank and with nothing inside, all of it passes',
    (projType) => {
      expect(distance(directionOf(g, { projType }), g)).toBeLessThan(1e-14)
      const tall = g[0]!.map((_, j) => g.map((row) => row[j]!))
      expect(distance(directionOf(tall, { projType }), tall)).toBeLessThan(1e-14)
    },
  )

  test('of rank one, the largest singular value is left', () => {
    const u = directionOf(g, { rank: 1 })
    const left = g.map((row, i) => row.map((x, j) => x - u[i]![j]!))
    const dot = (a: number[][], b: number[][]): number => a.flat().reduce((sum, x, k) => sum + x * b.flat()[k]!, 0)
    expect(dot(u, left)).toBeCloseTo(0, 12)
    expect(dot(u, u)).toBeGreaterThan(dot(left, left))
  })

  test('keeps moments of a low rank, and a projector for matrices alone', () => {
    const state = float64(scaleByGalore({ rank: 1 })).init({ w: g, b: [1, 2] }) as GaloreState
    expect(treeMap(state.projector, ({ shape }) => shape)).toEqual({ w: [3, 1], b: [] })
    const { mu } = state.baseOptimizerState as { readonly mu: GaloreState['projector'] }
    expect(treeMap(mu, ({ shape }) => shape)).toEqual({ w: [2, 1], b: [2] })
  })

  test('a leaf of rank 3 is a matrix by its numbers', () => {
    const deep = [g, g.map((row) => row.map((x) => x * 2))]
    const weightDimensionNumbers = { reductionAxis: [2, 0], outputAxis: 1 }
    expect(distance(directionOf(deep, { weightDimensionNumbers }), deep)).toBeLessThan(1e-14)
    expect(() => directionOf(deep, { weightDimensionNumbers: { outputAxis: 2 } })).toThrow(
      'expected dimension numbers that name every axis',
    )
  })

  test('an optimizer inside that needs parameters is told that there are none', () => {
    expect(() => directionOf(g, { baseOptimizer: adamw(0.1) })).toThrow(/param/)
  })

  test('a gradient of a lower rank than asked for is projected without NaN', () => {
    const one = [
      [1, 2, -1],
      [-3, -6, 3],
    ]
    expect(distance(directionOf(one, { rank: 2 }), one)).toBeLessThan(1e-12)
    expect(
      directionOf(
        [
          [0, 0],
          [0, 0],
        ],
        { rank: 2 },
      ),
    ).toEqual([
      [0, 0],
      [0, 0],
    ])
  })
})
