import { describe, expect, test } from 'vitest'
import { adam, adamw, cosineDecaySchedule, float64, type GradientTransformation, sgd } from '../../lib/index.ts'
import { build, buildSchedule, type Case, distance, first, type LookaheadCase, optax, type Trajectory } from './golden.ts'

const exact = 1e-10

/** The largest distance from the recorded trajectory, and from the state after it. */
const replay = (tx: GradientTransformation, recorded: Pick<Case, 'params'> & Partial<Trajectory>): number => {
  const reader = float64(tx)
  let params: unknown = first.start
  let state = reader.init(first.start)
  const most = recorded.params.reduce((most, expected, i) => {
    const next = reader.step(first.grads[i]!, state, params as never)
    params = next.params
    state = next.state
    return Math.max(most, distance(params, expected))
  }, 0)
  if (recorded.state !== undefined) expect(keysOf(state)).toEqual(keysOf(recorded.state))
  return Math.max(most, distance(state, recorded.state ?? {}))
}

/** The keys of a tree, a record's whatever their order, and nothing for a number. */
const keysOf = (tree: unknown): unknown =>
  typeof tree === 'object' ? Object.fromEntries(Object.entries(tree as object).map(([key, x]) => [key, keysOf(x)])) : 0

describe('a trajectory of optax is replayed in float64 within 1e-10', () => {
  test.each(first.cases.map((recorded) => [recorded.id, recorded] as const))('%s', (_, recorded) => {
    expect(replay(build(recorded.ts), recorded)).toBeLessThanOrEqual(exact)
  })
})

describe('a schedule of optax is met to the last float32 digit', () => {
  test.each(optax.schedules.map(({ ts, values }) => [ts, values] as const))('%s', (ts, values) => {
    const schedule = buildSchedule(ts)
    values.forEach((value, count) => {
      expect(Math.abs(schedule(count) - value)).toBeLessThanOrEqual(1e-15)
    })
  })
})

describe('a trajectory of optax with options that are not the defaults is replayed, and so is its state', () => {
  test.each(optax.trajectories.map((recorded) => [recorded.ts, recorded] as const))('%s', (ts, recorded) => {
    expect(replay(build(ts), recorded)).toBeLessThanOrEqual(exact)
  })
})

const line = (from: number, to: number, steps: number) => (count: number) =>
  from + (to - from) * (Math.min(count, steps) / steps)
const cosine = cosineDecaySchedule({ initValue: 0.2, decaySteps: 7, alpha: 0.05 })

/**
 * The three schedules that optax 0.2.8 computes in float32, even under x64 (JAX divides an int32 count by an int in float32), here in float64.
 * The library's own round where optax does, which is why the trajectories above replay.
 */
const inFloat64: Readonly<Record<string, GradientTransformation>> = {
  'adam-schedule-linear': adam(line(0.1, 0.01, 7)),
  'adamw-warmupcosine': adamw((count) => (count < 4 ? line(0, 0.2, 4)(count) : cosine(count - 4)), {
    weightDecay: 1e-4,
  }),
  'sgd-exponential': sgd((count) => 0.2 * 0.7 ** (count / 3)),
}

describe('without the rounding of its schedule, a trajectory of optax is further away, within 1e-7', () => {
  test.each(Object.entries(inFloat64))('%s', (id, tx) => {
    const distance = replay(tx, first.cases.find((recorded) => recorded.id === id)!)
    expect(distance).toBeGreaterThan(exact)
    expect(distance).toBeLessThanOrEqual(1e-7)
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
