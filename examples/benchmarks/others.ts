/** Optimizers with reductions and gates, beside optax's own under `jit`. */
import { adafactor, adamw, type GradientTransformation, multiSteps, prodigy, sm3 } from '../../lib/index.ts'
import { fused, type Shape, several, shapeText } from './contestants.ts'
import type { Native } from './native.ts'
import { rate } from './rules.ts'
import { milliseconds, ratio, table } from './tables.ts'
import { alone, type Budget, quantile, raceRounds, type Times, together } from './timing.ts'

/** Matrices, so that rows and columns are there to reduce. */
const shapes: readonly Shape[] = [
  { leaves: 1, size: 4_000_000, rows: 2000 },
  { leaves: 200, size: 5000, rows: 50 },
]

interface Other {
  readonly make: () => GradientTransformation
  /** How many steps are timed as one. */
  readonly steps: number
}

/** By the names of native.py. */
const others: Readonly<Record<string, Other>> = {
  adafactor: { make: () => adafactor(rate, { minDimSizeToFactor: 32 }), steps: 1 },
  prodigy: { make: () => prodigy(rate), steps: 1 },
  multiSteps: { make: () => multiSteps(adamw(rate), { everyKSchedule: 4 }), steps: 4 },
  sm3: { make: () => sm3(rate), steps: 1 },
}

const [OURS, THEIRS] = ['foregrad', 'optax jit, donated']

/** By name, the steps on each shape. */
export type OtherTimes = Readonly<Record<string, readonly Times[]>>

/** Each beside optax's, where that is there; in turns that are short and many. */
export const raceOthers = async (native: Native | undefined, { rounds, time }: Budget): Promise<OtherTimes> => {
  const all: Record<string, readonly Times[]> = {}
  for (const [name, { make, steps }] of Object.entries(others)) {
    const byShape: Times[] = []
    for (const shape of shapes) {
      const own = alone(several(steps, fused(make(), shape, OURS)))
      const parties = [own, ...(native ? [native.party(shape, name)] : [])]
      byShape.push(together(await raceRounds(parties, { rounds: 4 * rounds, time: time / 2 })))
    }
    all[name] = byShape
  }
  return all
}

export const othersText =
  'Matrices: one of 2,000 × 2,000, and 200 of 50 × 100; adafactor factors axes from 32 up, and a step of multiSteps is a cycle of four. Milliseconds a step, and beside it optax’s under `jit`, how many times as long.'

export const othersTable = (all: OtherTimes, share: number): string =>
  table(
    ['optimizer', ...shapes.map(shapeText)],
    Object.entries(all).map(([name, byShape]) => [
      name,
      ...byShape.map((times) => {
        const own = quantile(times[OURS]!, share)
        if (!times[THEIRS]) return milliseconds(own)
        const optax = quantile(times[THEIRS], share)
        return `${milliseconds(own)}, optax ${milliseconds(optax)} (${ratio(optax / own)})`
      }),
    ]),
  )
