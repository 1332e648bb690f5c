/** APOLLO against its authors' code, and what it promises. */
import { expect, test } from 'vitest'
import {
  type ApolloOptions,
  type ApolloState,
  apollo,
  float64,
  scaleByAdam,
  scaleByApollo,
  seedKey,
  treeMap,
} from '../../../../lib/index.ts'
import { distance } from '../../../golden/golden.ts'
import { type Run, recorded, replays } from '../../../golden/methods/replay.ts'

replays('APOLLO', recorded<Run<ApolloOptions>>('apollo'), ({ options }) => apollo(0.05, options))

const g = [
  [1, -2, 0.5],
  [0.25, 3, -1],
]
const directionOf = (given: unknown, options: ApolloOptions = {}): number[][] => {
  const reader = float64(scaleByApollo(options))
  return reader.update(given as never, reader.init(given as never))[0] as number[][]
}

test('every channel keeps its direction: columns of a wide matrix are scaled as a whole', () => {
  const u = directionOf(g, { rank: 1 })
  u[0]!.forEach((x, j) => {
    expect(x / g[0]![j]!).toBeCloseTo(u[1]![j]! / g[1]![j]!, 10)
  })
  const one = directionOf(g, { rank: 1, scaleType: 'tensor' }).flat()
  const ratios = one.map((x, i) => x / g.flat()[i]!)
  for (const ratio of ratios) expect(ratio).toBeCloseTo(ratios[0]!, 10)
})

test('other keys draw other numbers, the same key the same', () => {
  const [a, b] = [directionOf(g, { rank: 1, key: seedKey(1) }), directionOf(g, { rank: 1, key: seedKey(2) })]
  expect(distance(a, b)).toBeGreaterThan(1e-3)
  expect(directionOf(g, { rank: 1, key: seedKey(1) })).toEqual(a)
})

test('what is no matrix takes the step of Adam', () => {
  const adam = float64(scaleByAdam({ eps: 0 }))
  expect(distance(directionOf([1, -2], { eps: 0 }), adam.update([1, -2], adam.init([1, 2]))[0])).toBeLessThan(1e-14)
  expect(distance(directionOf(g, { eps: 0, isMatrix: () => false }), adam.update(g, adam.init(g))[0])).toBeLessThan(
    1e-14,
  )
})

test('a step grows by no more than a hundredth', () => {
  const reader = float64(scaleByApollo({ rank: 1, b1: 0, b2: 0 }))
  const [, state] = reader.update(g, reader.init(g))
  const large = g.map((row) => row.map((x) => 100 * x))
  const [, next] = reader.update(large, state)
  const norm = (s: unknown) => (s as { readonly norm: { readonly data: Float64Array } }).norm.data[0]!
  expect(norm(next) / norm(state)).toBeLessThanOrEqual(1.01 + 1e-9)
})

test('keeps a projector and moments of a low rank for matrices alone', () => {
  const state = float64(scaleByApollo({ rank: 1 })).init({ w: g, b: [1, 2] }) as ApolloState
  expect(treeMap(state.projector, ({ shape }) => shape)).toEqual({ w: [2, 1], b: [] })
})
