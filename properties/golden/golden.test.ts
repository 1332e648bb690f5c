import { describe, expect, test } from 'vitest'
import { adam, adamw, cosineDecaySchedule, float64, type GradientTransformation, sgd } from '../../lib/index.ts'
import { build, type Case, distance, first, type LookaheadCase } from './golden.ts'

const exact = 1e-10

/** The largest distance from the recorded trajectory. */
const replay = (tx: GradientTransformation, { params: recorded }: Pick<Case, 'params'>): number => {
  const reader = float64(tx)
  let params: unknown = first.start
  let state = reader.init(first.start)
  return recorded.reduce((most, expected, i) => {
    const next = reader.step(first.grads[i]!, state, params as never)
    params = next.params
    state = next.state
    return Math.max(most, distance(params, expected))
  }, 0)
}

const { fround } = Math

/** optax's straight line: `count / steps` is float32 there, and everything after it. */
const lineOfOptax = (from: number, to: number, steps: number) => (count: number) => {
  const left = fround(1 - fround(Math.min(count, steps) / steps))
  return fround(fround(fround(from - to) * left) + fround(to))
}

const cosine = cosineDecaySchedule({ initValue: 0.2, decaySteps: 7, alpha: 0.05 })

/**
 * Three schedules as optax 0.2.8 computes them, even under x64: JAX divides an int32 count by an int in float32, and what that meets becomes
 * float32. (A cosine alone stays float64, since π·count comes first; joined to the float32 line its value is rounded once.)
 */
const roundedAsOptax: Readonly<Record<string, () => GradientTransformation>> = {
  'adam-schedule-linear': () => adam(lineOfOptax(0.1, 0.01, 7)),
  'adamw-warmupcosine': () => {
    const line = lineOfOptax(0, 0.2, 4)
    return adamw((count) => (count < 4 ? line(count) : fround(cosine(count - 4))), { weightDecay: 1e-4 })
  },
  'sgd-exponential': () => sgd((count) => fround(fround(0.2) * fround(fround(0.7) ** fround(count / 3)))),
}

const cases = first.cases.map((recorded) => [recorded.id, recorded] as const)
const rounded = cases.filter(([id]) => id in roundedAsOptax)

describe('a trajectory of optax is replayed in float64 within 1e-10', () => {
  test.each(cases.filter(([id]) => !(id in roundedAsOptax)))('%s', (_, recorded) => {
    expect(replay(build(recorded.ts), recorded)).toBeLessThanOrEqual(exact)
  })

  test.each(rounded)('%s, with a schedule that rounds to float32 where optax does', (id, recorded) => {
    expect(replay(roundedAsOptax[id]!(), recorded)).toBeLessThanOrEqual(exact)
  })
})

describe('a schedule in float64 is within 1e-7 of one that optax rounds to float32', () => {
  test.each(rounded)('%s', (_, recorded) => {
    expect(replay(build(recorded.ts), recorded)).toBeLessThanOrEqual(1e-7)
  })
})

const gradient = ({ problem, diag, target }: LookaheadCase, x: readonly number[]): number[] => {
  if (problem === 'quadratic') return x.map((xi, i) => diag[i]! * (xi - target[i]!))
  const [a, b] = x as [number, number]
  return [-2 * (1 - a) - 400 * a * (b - a * a), 200 * (b - a * a)]
}

describe('runs with predicted gradients, in float64', () => {
  test.each(first.lookahead.map((c) => [c.id, c] as const))('%s', (_, recorded) => {
    const reader = float64(build(recorded.ts))
    let params: readonly number[] = recorded.x0
    let ahead = params
    let state = reader.init(params)
    for (let t = 1; t <= recorded.steps; t++) {
      if (recorded.evaluatedAt[t]) expect(distance(ahead, recorded.evaluatedAt[t])).toBeLessThanOrEqual(exact)
      const next = reader.step(gradient(recorded, ahead), state, params)
      state = next.state
      params = next.params as readonly number[]
      ahead = (next.ahead ?? params) as readonly number[]
      if (recorded.params[t]) expect(distance(params, recorded.params[t])).toBeLessThanOrEqual(exact)
    }
  })
})
