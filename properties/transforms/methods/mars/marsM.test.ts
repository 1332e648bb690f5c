/** MARS-M against its authors' code, and what it promises. */
import { expect, test } from 'vitest'
import { float64, type MarsMOptions, marsM } from '../../../../lib/index.ts'
import { distance, type Nested } from '../../../golden/golden.ts'
import { type ExtraOf, type Run, recorded, replays } from '../../../golden/methods/replay.ts'

const mean = (a: Nested, b: Nested): Nested =>
  typeof a === 'number' ? 0.5 * (a + (b as number)) : a.map((x, i) => mean(x, (b as readonly Nested[])[i]!))

/** In the recorded run the gradient at the parameters before is the mean of this gradient and the one before. */
const atPrevious: ExtraOf = (grads, i) =>
  Object.fromEntries(Object.entries(grads[i]!).map(([name, g]) => [name, mean(g, grads[Math.max(0, i - 1)]![name]!)]))

replays(
  'MARS-M',
  recorded<Run<MarsMOptions>>('marsM'),
  ({ options }) => marsM(0.02, options),
  ({ options }) => (options.mode === 'exact' ? atPrevious : undefined),
)

test('without a correction it is Muon as Moonlight scales it: the sign of a single number, times 0.2', () => {
  const tx = float64(marsM(0.1, { gamma: 0, nsSteps: 12 }))
  const { params } = tx.step([[0.5]], tx.init([[1]]), [[1]])
  expect(distance(params as never, [[1 - 0.1 * 0.2]])).toBeLessThan(0.1 * 0.2 * 0.35)
})
