import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { float64 } from '../../lib/index.ts'
import { build, distance, type Numbers } from './golden.ts'
import { lossOf, type Problem } from './problems.ts'

/** Parameters, and numbers of the state, by the number of the step. */
interface RecordedRun {
  readonly id: string
  readonly ts: string
  readonly problem: string
  readonly params: Readonly<Record<string, Numbers>>
  readonly state?: Readonly<Record<string, Readonly<Record<string, number | 'Infinity'>>>>
}

/** JSON has no word for these. */
const named = ['NaN', 'Infinity', '-Infinity']
const revive = (_: string, x: unknown): unknown => (named.includes(x as string) ? Number(x) : x)

const { problems, runs } = JSON.parse(readFileSync(new URL('later.json', import.meta.url), 'utf8'), revive) as {
  readonly problems: Readonly<Record<string, Problem>>
  readonly runs: readonly RecordedRun[]
}

/** The number of a state that stands under this key, wherever it is. */
const found = (state: unknown, key: string): number | undefined => {
  if (typeof state !== 'object' || state === null) return undefined
  const own = (state as Readonly<Record<string, unknown>>)[key]
  if (typeof own === 'number') return own
  return Object.values(state)
    .map((child) => found(child, key))
    .find((x) => x !== undefined)
}

const expectState = ({ state = {} }: RecordedRun, k: number, actual: unknown): void => {
  for (const [key, byStep] of Object.entries(state)) {
    if (byStep[k] !== undefined) expect(found(actual, key), `${key} after step ${k}`).toBeCloseTo(Number(byStep[k]), 10)
  }
}

describe('a run of torch or optax is replayed in float64 within 1e-11', () => {
  test.each(runs.map((run) => [run.ts, run] as const))('%s', (ts, run) => {
    const problem = problems[run.problem]!
    const reader = float64(build(ts))
    const last = Math.max(...Object.keys(run.params).map(Number))
    let params: Numbers = problem.params
    let state = reader.init(params)
    for (let k = 1; k <= last; k++) {
      const { value, grads } = lossOf(problem, params, k - 1)
      const made = reader.step(grads, state, params, { value })
      params = made.params as Numbers
      state = made.state
      if (run.params[k]) expect(distance(params, run.params[k]), `step ${k}`).toBeLessThanOrEqual(1e-11)
      expectState(run, k, state)
    }
  })
})
