/** Shampoo against code of others, and what it promises. */
import { describe, expect, test } from 'vitest'
import {
  float64,
  type ShampooOptions,
  type ShampooState,
  scaleByShampoo,
  shampoo,
  treeMap,
} from '../../../../lib/index.ts'
import { distance } from '../../../golden/golden.ts'
import { type Run, recorded, replays } from '../../../golden/methods/replay.ts'

import { directions } from '../directions.ts'

replays('Shampoo', recorded<Run<ShampooOptions>>('shampoo'), ({ options }) => shampoo(0.05, options))

const preconditioned = (given: readonly unknown[], options: ShampooOptions = {}): unknown[] =>
  directions(scaleByShampoo(options), given)

describe('scaleByShampoo', () => {
  test('on diagonal gradients it is Adagrad', () => {
    const sides = Array.from({ length: 5 }, (_, t) => [2 + Math.sin(t), Math.cos(t) - 0.3])
    const sums = [0, 0]
    const expected = sides.map((side) =>
      side.map((x, i) => {
        sums[i]! += x * x
        return x / Math.sqrt(sums[i]!)
      }),
    )
    const made = preconditioned(
      sides.map(([a, b]) => [
        [a, 0],
        [0, b],
      ]),
      { matrixEps: 0 },
    ) as number[][][]
    expect(
      distance(
        made.map((u) => [u[0]![0], u[1]![1]]),
        expected,
      ),
    ).toBeLessThan(1e-12)
    for (const u of made) expect(Math.abs(u[0]![1]!) + Math.abs(u[1]![0]!)).toBe(0)
  })

  test('a number is Adagrad’s, as one axis of one entry', () => {
    expect(distance(preconditioned([[3], [4]], { matrixEps: 0 }), [[1], [0.8]])).toBeLessThan(1e-14)
  })

  test('grafted, an update has the norm of its gradient', () => {
    const g = [
      [1, -2, 0.5],
      [0.25, 3, -1],
    ]
    const [u] = preconditioned([g], { graft: 'sgd' }) as number[][][]
    const norm = (x: number[][]): number => Math.hypot(...x.flat())
    expect(norm(u!)).toBeCloseTo(norm(g), 12)
    const [turned] = preconditioned([[g[1], g[0]]], { graft: 'sgd' }) as number[][][]
    expect(distance([turned![1], turned![0]], u)).toBeLessThan(1e-12)
  })

  test('long axes have no matrix, and a leaf without any passes', () => {
    const state = float64(scaleByShampoo({ maxPrecondDim: 2 })).init([
      [1, 2, 3],
      [4, 5, 6],
    ]) as ShampooState
    expect(treeMap(state.statistics, ({ shape }) => shape)).toEqual([[2, 2], []])
    expect(preconditioned([[1, 2, 3]], { maxPrecondDim: 2 })).toEqual([[1, 2, 3]])
  })
})
