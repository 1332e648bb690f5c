/** PSGD with Kronecker factors against its authors' code, and what it promises. */
import { describe, expect, test } from 'vitest'
import type { NdArray } from '../../../../lib/data/ndArray.ts'
import {
  explain,
  float64,
  type KronOptions,
  type KronState,
  kron,
  normals,
  type PrecondUpdateProbScheduleOptions,
  precondUpdateProbSchedule,
  scaleByKron,
  seedKey,
  type Tree,
  treeMap,
} from '../../../../lib/index.ts'
import { distance } from '../../../golden/golden.ts'
import { type Run, recorded, replays } from '../../../golden/methods/replay.ts'
import { directions } from '../directions.ts'

type Given = KronOptions & { readonly preconditionerSchedule?: PrecondUpdateProbScheduleOptions }
const build = ({ preconditionerSchedule: given, ...options }: Given) =>
  kron(0.05, given ? { ...options, preconditionerUpdateProbability: precondUpdateProbSchedule(given) } : options)

replays('PSGD Kron', recorded<Run<Given>>('kron'), ({ options }) => build(options))

const grads: readonly number[][][] = Array.from({ length: 6 }, (_, t) => [
  [1 + Math.sin(t), -2 + t / 3, 0.5],
  [0.25 * t, 3 - Math.cos(2 * t), 1 / (t + 1)],
])

describe('scaleByKron', () => {
  test('a factor is a triangle, or a diagonal where the mode or the sizes say so', () => {
    const shapes = (options: KronOptions, like: unknown): unknown =>
      treeMap((float64(scaleByKron(options)).init(like as never) as KronState).qs, ({ shape }) => shape)
    const like = { m: grads[0], v: [1, 2], s: 3, one: [[1], [2]] }
    const full = { m: [[2, 2], [3, 3]], v: [[2]], s: [[]], one: [[2, 2], [1]] } // biome-ignore format: shapes in rows
    expect(shapes({}, like)).toEqual(full)
    expect(shapes({ minNdimTriangular: 1 }, like)).toEqual({ ...full, v: [[2, 2]] })
    expect(shapes({ maxSizeTriangular: 2 }, like)).toEqual({ ...full, m: [[2, 2], [3]] })
    expect(shapes({ memorySaveMode: 'oneDiag' }, like)).toEqual({ ...full, m: [[2, 2], [3]], one: [[2], [1]] })
    expect(shapes({ memorySaveMode: 'allDiag' }, like)).toEqual({ ...full, m: [[2], [3]], one: [[2], [1]] })
    const square = [grads[0]![0]!.slice(0, 2), grads[0]![1]!.slice(0, 2)]
    expect(shapes({ memorySaveMode: 'oneDiag' }, square)).toEqual([[2, 2], [2]])
    expect(shapes({ memorySaveMode: 'smartOneDiag' }, square)).toEqual([
      [2, 2],
      [2, 2],
    ])
    expect(shapes({ memorySaveMode: 'smartOneDiag' }, grads[0])).toEqual([[2, 2], [3]])
  })

  test('gradients along one direction come out as white as others: their mean squares come near 1', () => {
    const noise = Array.from({ length: 250 }, (_, t) => normals(seedKey(1), 4, { step: t }))
    const given = noise.map(([a, b, c, d]) => [
      [5 * a!, 5 * b!],
      [0.2 * c!, 0.2 * d!],
    ])
    const made = directions(scaleByKron({ b1: 0 }), given).slice(150) as number[][][]
    const rms = (row: number): number =>
      Math.sqrt(made.flatMap((u) => u[row]!).reduce((sum, x) => sum + x * x, 0) / (2 * made.length))
    for (const row of [0, 1]) {
      expect(rms(row)).toBeGreaterThan(0.6)
      expect(rms(row)).toBeLessThan(1.3)
    }
  })

  test('no direction has a root mean square above 1.1', () => {
    const large = grads.map((g) => g.map((row) => row.map((x) => x * 1e6)))
    for (const u of directions(scaleByKron(), large) as number[][][])
      expect(Math.hypot(...u.flat()) / Math.sqrt(6)).toBeLessThan(1.1 + 1e-12)
  })

  test('factors are renewed as seldom as the probability says', () => {
    const reader = float64(scaleByKron({ preconditionerUpdateProbability: 0.4 }))
    const numbersOf = ({ qs }: KronState) => treeMap(qs as Tree<NdArray>, ({ data }) => [...data])
    let state = reader.init(grads[0] as never) as KronState
    const isNew = grads.map((g) => {
      const next = reader.update(g as never, state)[1] as KronState
      const changed = distance(numbersOf(next), numbersOf(state))
      state = next
      return changed > 0
    })
    expect(isNew).toEqual([false, false, true, false, false, true])
  })

  test('a schedule that leaves (0, 1] is refused before anything is written', () => {
    const reader = float64(scaleByKron({ preconditionerUpdateProbability: (t) => (t > 1 ? 0 : 1) }))
    const [, state] = reader.update(grads[0] as never, reader.init(grads[0] as never))
    expect(() => reader.update(grads[1] as never, state)).toThrow(
      'preconditionerUpdateProbability: expected a number above 0, up to 1, got 0',
    )
  })

  test('another key draws other probes', () => {
    const own = directions(scaleByKron(), grads)
    expect(distance(directions(scaleByKron({ key: seedKey(1) }), grads), own)).toBeGreaterThan(1e-3)
    expect(directions(scaleByKron({ key: seedKey(0) }), grads)).toEqual(own)
  })

  test('a gradient that is not finite raises nothing', () => {
    const bad = grads.map((g, t) => (t === 2 ? g.map((row) => row.map(() => Number.NaN)) : g))
    const made = directions(scaleByKron(), bad) as number[][][]
    expect(made[1]!.flat().every(Number.isFinite)).toBe(true)
    expect(made[2]!.flat().every(Number.isNaN)).toBe(true)
  })

  test('reads nothing, so that explain names no work on the host', () => {
    expect(String(explain(kron(0.1)))).not.toContain('the host')
  })
})

test('precondUpdateProbSchedule is flat, falls and stays', () => {
  const value = precondUpdateProbSchedule({ maxProb: 0.9, minProb: 0.1, decay: 0.01, flatStart: 10 })
  expect([0, 10, 110, 1000].map(value)).toEqual([0.9, 0.9, expect.closeTo(0.9 * Math.exp(-1), 12), 0.1])
})
