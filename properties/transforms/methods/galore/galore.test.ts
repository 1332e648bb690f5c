/** GaLore against optax and its authors' code, and what it promises. */
import { describe, expect, test } from 'vitest'
import type { NdArray } from '../../../../lib/data/ndArray.ts'
import {
  adamw,
  float64,
  type GaloreOptions,
  type GaloreState,
  galore,
  type MuonLeaf,
  ndarray,
  scaleByAdam,
  scaleByGalore,
  scaleByLion,
  scaleByRms,
  trace,
  treeMap,
} from '../../../../lib/index.ts'
import { runs } from '../../../golden/facts.ts'
import { build, distance } from '../../../golden/golden.ts'
import { type Run, recorded, replays } from '../../../golden/methods/replay.ts'
import { lossOf } from '../../../golden/problems.ts'

interface OfOptax extends GaloreOptions {
  readonly base?: 'lion' | 'trace' | 'rms'
  /** Reduction and output axes, of the leaf of rank 3 or of all. */
  readonly deep?: readonly [readonly number[], readonly number[]]
  readonly numbers?: readonly [readonly number[], readonly number[]]
  readonly leaves?: readonly string[]
}

const bases = { lion: scaleByLion(), trace: trace({ decay: 0.9, nesterov: true }), rms: scaleByRms() }

const asOptax = ({ base, deep, numbers, leaves: _, ...options }: OfOptax) => {
  const ofAll = numbers && { weightDimensionNumbers: { reductionAxis: numbers[0], outputAxis: numbers[1] } }
  const byLeaf = deep && {
    weightDimensionNumbers: ({ shape }: MuonLeaf) =>
      shape.length === 3 ? { reductionAxis: deep[0], outputAxis: deep[1] } : shape.length === 2 ? {} : undefined,
  }
  return galore(0.05, { ...options, ...ofAll, ...byLeaf, ...(base && { baseOptimizer: bases[base] }) })
}

replays('optax.contrib.galore', recorded<Run<OfOptax>>('galoreOptax'), ({ options }) => asOptax(options))

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

describe("optax's run over three projectors", () => {
  const run = runs.find(({ id }) => id === 'optax/galore/custom/P1')!

  /** The distance from the run where the moments of the matrix change their sign before the steps 5 and 9, as a new P of another sign asks for. */
  const distanceWith = (turns: Readonly<Record<number, number>>): number => {
    const reader = float64(build(run.ts))
    let params = run.problem.params
    let state = reader.init(params)
    let most = 0
    for (let k = 1; k <= 12; k++) {
      const made = reader.step(lossOf(run.problem, params, k - 1).grads, turned(state, turns[k] ?? 1), params)
      params = made.params as typeof params
      state = made.state
      most = Math.max(most, distance(params, run.params[k]))
    }
    return most
  }
  const turned = (state: unknown, by: number): unknown => {
    const [own, ...rest] = state as [GaloreState, ...unknown[]]
    const base = own.baseOptimizerState as { readonly mu: { readonly w: NdArray } }
    const { shape, data } = base.mu.w
    const w = ndarray(
      data.map((x) => x * by),
      shape,
    )
    return [{ ...own, baseOptimizerState: { ...base, mu: { ...base.mu, w } } }, ...rest]
  }

  test('is met within 1e-11 by one choice of the signs of its singular vectors, and by no other', () => {
    const signs = [1, -1].flatMap((five) => [1, -1].map((nine) => distanceWith({ 5: five, 9: nine })))
    expect(signs.filter((off) => off <= 1e-11).length).toBe(1)
  })
})
