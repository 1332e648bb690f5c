/** SOAP against its authors' code, and what it promises. */
import { describe, expect, test } from 'vitest'
import {
  explain,
  float64,
  type SoapOptions,
  type SoapState,
  scaleByAdam,
  scaleBySoap,
  soap,
  treeMap,
} from '../../../../lib/index.ts'
import { distance } from '../../../golden/golden.ts'
import { type Run, recorded, replays } from '../../../golden/methods/replay.ts'

import { directions } from '../directions.ts'

replays('SOAP', recorded<Run<SoapOptions>>('soap'), ({ options }) => soap(0.05, { ...options, weightDecay: 0 }))

type Matrix = number[][]
const times = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((s, x, k) => s + x * b[k]![j]!, 0)))
const turn = (angle: number): Matrix => [
  [Math.cos(angle), -Math.sin(angle)],
  [Math.sin(angle), Math.cos(angle)],
]
const grads: readonly Matrix[] = Array.from({ length: 6 }, (_, t) => [
  [1 + Math.sin(t), -2 + t / 3],
  [0.25 * t, 3 - Math.cos(2 * t)],
])
describe('scaleBySoap', () => {
  test('the first gradient moves nothing', () => {
    expect(directions(scaleBySoap(), grads)[0]).toEqual([
      [0, 0],
      [0, 0],
    ])
  })

  test('without matrices it is Adam from the second gradient on', () => {
    const own = directions(scaleBySoap({ maxPrecondDim: 1, eps: 0 }), grads).slice(1)
    expect(distance(own, directions(scaleByAdam({ b1: 0.95, b2: 0.95, eps: 0 }), grads.slice(1)))).toBeLessThan(1e-14)
  })

  test('where products of gradients are diagonal, the bases are those of before, and it is Adam', () => {
    const diagonal = grads.map((_, t) => [
      [2 + Math.sin(t), 0],
      [0, Math.cos(t) / 2],
    ])
    const own = directions(scaleBySoap({ preconditionFrequency: 1 }), diagonal).slice(1)
    const adam = directions(scaleByAdam({ b1: 0.95, b2: 0.95 }), diagonal.slice(1))
    expect(distance(own, adam)).toBeLessThan(1e-6)
  })

  test('sees no rotation of rows and columns: its directions turn with the gradients', () => {
    const [left, right] = [turn(0.7), turn(-1.1)]
    const turned = grads.map((g) => times(times(left, g), right))
    const own = directions(scaleBySoap({ preconditionFrequency: 2 }), grads) as Matrix[]
    const theirs = directions(scaleBySoap({ preconditionFrequency: 2 }), turned)
    expect(
      distance(
        theirs,
        own.map((u) => times(times(left, u), right)),
      ),
    ).toBeLessThan(1e-9)
  })

  test('preconditions leaves of rank 1 where it is asked to', () => {
    const vectors = grads.map((g) => g.flat())
    const plain = directions(scaleBySoap(), vectors)
    const own = directions(scaleBySoap({ precondition1d: true }), vectors)
    expect(distance(own[1], plain[1])).toBeGreaterThan(0.1)
    const { q } = float64(scaleBySoap({ precondition1d: true })).init({ b: [1, 2, 3], s: 1 }) as SoapState
    expect(treeMap(q, ({ shape }) => shape)).toEqual({ b: [[3, 3]], s: [] })
  })

  test('a gradient that is not finite gives NaN, and raises nothing', () => {
    const bad = grads.map((g, t) =>
      t === 2
        ? [
            [Number.NaN, 1],
            [Number.POSITIVE_INFINITY, 2],
          ]
        : g,
    )
    const made = directions(scaleBySoap({ preconditionFrequency: 1 }), bad) as Matrix[]
    expect(made[2]!.flat().some(Number.isNaN)).toBe(true)
    expect(made[1]!.flat().every(Number.isFinite)).toBe(true)
  })

  test('explain says what is done on the host', () => {
    expect(String(explain(soap(0.1)))).toContain('eigenvectors and QR')
  })

  test('a state that init did not make is refused by its paths', () => {
    const reader = float64(scaleBySoap())
    const state = reader.init(grads[0] as never) as object
    expect(() => reader.update(grads[0] as never, { ...state, gg: [[[1]]] } as never)).toThrow(/state\.gg/)
    expect(() => reader.update(grads[0] as never, { ...state, adam: { count: 'x', mu: 1, nu: 2 } } as never)).toThrow(
      /count/,
    )
  })
})
