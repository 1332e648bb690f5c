/** AdaMuon against its authors' code, and what it promises. */
import { expect, test } from 'vitest'
import { type AdamuonOptions, adamuon, chain, float64, scaleByAdamuon, scaleBySign } from '../../../../lib/index.ts'
import { type Run, recorded, replays } from '../../../golden/methods/replay.ts'

replays('AdaMuon', recorded<Run<AdamuonOptions>>('adamuon'), ({ options }) => adamuon(0.02, options))

const m = [
  [1, -2, 0.5],
  [0.25, 3, -1],
]
const directionOf = (g: number[][], tx = scaleByAdamuon()): number[][] => {
  const reader = float64(tx)
  return reader.update(g, reader.init(g))[0] as number[][]
}
const rms = (x: number[][]): number => Math.sqrt(x.flat().reduce((sum, y) => sum + y * y, 0) / x.flat().length)

test('the root mean square of a direction is 0.2, whatever the gradient', () => {
  for (const scale of [1e-6, 1, 1e6])
    expect(rms(directionOf(m.map((row) => row.map((x) => x * scale))))).toBeCloseTo(0.2, 6)
})

test('only the signs of the first gradient are seen', () => {
  expect(directionOf(m)).toEqual(directionOf(m, chain(scaleBySign(), scaleByAdamuon()) as never))
})

test('the first direction is 0.2 on every element, since each is divided by itself', () => {
  for (const x of directionOf(m).flat()) expect(Math.abs(x)).toBeCloseTo(0.2, 6)
})

test('rows change places with the rows of the gradient', () => {
  const [a, b] = directionOf(m)
  expect(directionOf([m[1]!, m[0]!])).toEqual([b, a])
})

test('a leaf that isMatrix leaves out takes the way of AdamW', () => {
  const params = { embedding: m, head: m }
  const tx = adamuon(0.1, { isMatrix: ({ path }) => path[0] !== 'embedding' })
  const state = float64(tx).init(params) as unknown as {
    readonly innerStates: { readonly adam: { readonly innerState: readonly { readonly mu: unknown }[] } }
  }
  expect(state.innerStates.adam.innerState[0]!.mu).toEqual({
    embedding: [
      [0, 0, 0],
      [0, 0, 0],
    ],
    head: [],
  })
})
