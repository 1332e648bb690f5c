/** NorMuon against its authors' code, and what it promises. */
import { expect, test } from 'vitest'
import { float64, type NormuonOptions, normuon, orthogonalize, scaleByNormuon } from '../../../../lib/index.ts'
import { distance } from '../../../golden/golden.ts'
import { type Run, recorded, replays } from '../../../golden/methods/replay.ts'

replays('NorMuon', recorded<Run<NormuonOptions>>('normuon'), ({ options }) => normuon(0.02, options))

const m = [
  [1, -2, 0.5],
  [0.25, 3, -1],
]
const turned = (x: readonly (readonly number[])[]): number[][] => x[0]!.map((_, j) => x.map((row) => row[j]!))
const directionOf = (g: number[][], tx = scaleByNormuon({ outputAxis: 'first' })): number[][] => {
  const reader = float64(tx)
  return reader.update(g, reader.init(g))[0] as number[][]
}
const norm = (x: readonly number[]): number => Math.sqrt(x.reduce((sum, y) => sum + y * y, 0))

test('at first all outputs have one norm, and together that of the orthogonal matrix', () => {
  const rows = directionOf(m)
  expect(norm(rows[0]!)).toBeCloseTo(norm(rows[1]!), 9)
  const plain = directionOf(m, orthogonalize({ eps: 1e-7, shapeFactor: () => 1 }) as never)
  expect(norm(rows.flat())).toBeCloseTo(norm(plain.flat()), 5)
})

test('a matrix [inputs, outputs] is that of PyTorch turned', () => {
  const ours = directionOf(turned(m), scaleByNormuon())
  expect(distance(turned(ours), directionOf(m))).toBeLessThan(1e-14)
})

test('rows change places with the rows of the gradient', () => {
  const [a, b] = directionOf(m)
  expect(distance(directionOf([m[1]!, m[0]!]), [b, a] as never)).toBeLessThan(1e-14)
})

test('the second moment is one number an output', () => {
  const state = float64(scaleByNormuon()).init(turned(m)) as unknown as readonly { readonly nu?: unknown }[]
  expect(state.at(-1)!.nu).toEqual([[0, 0]])
})
