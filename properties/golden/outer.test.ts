import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { float64, type GradientTransformation, lookaheadParams } from '../../lib/index.ts'
import { build, distance, type Numbers } from './golden.ts'
import { lossOf, type Problem } from './problems.ts'

type BySteps = Readonly<Record<string, Numbers>>

interface RecordedRun {
  readonly id: string
  readonly ts: string
  readonly problem: string
  readonly params: BySteps
  readonly slow?: BySteps
  readonly evaluated?: BySteps
  readonly gradientsPerStep?: number
  readonly tolerance: number
}

const { problems, runs } = JSON.parse(readFileSync(new URL('outer.json', import.meta.url), 'utf8')) as {
  readonly problems: Readonly<Record<string, Problem>>
  readonly runs: readonly RecordedRun[]
}

/** x of y and z: what `scheduleFreeEvalParams` makes on tensors, in plain numbers. */
const evaluated = (state: unknown, params: unknown): unknown => {
  const { b1, z } = state as { readonly b1: number; readonly z: unknown }
  const between = (y: unknown, old: unknown): unknown =>
    typeof y === 'number'
      ? (y - (1 - b1) * (old as number)) / b1
      : Object.fromEntries(Object.entries(y as object).map(([key, x]) => [key, between(x, (old as never)[key])]))
  return between(params, z)
}

describe('wrappers of optax that see the first gradient are replayed in float64', () => {
  test.each(runs.map((run) => [run.id, run] as const))('%s', (_, run) => {
    const { params: recorded, slow, evaluated: x, gradientsPerStep = 1, tolerance } = run
    const problem = problems[run.problem]!
    const reader = float64(build(run.ts) as GradientTransformation)
    let params: Numbers = problem.params
    let state = reader.init(params)
    for (let k = 1; k <= Math.max(...Object.keys(recorded).map(Number)); k++) {
      for (let i = 0; i < gradientsPerStep; i++) {
        const made = reader.step(lossOf(problem, params, k - 1).grads, state, params)
        params = made.params as Numbers
        state = made.state
      }
      if (recorded[k]) expect(distance(params, recorded[k]), `step ${k}`).toBeLessThanOrEqual(tolerance)
      if (slow?.[k])
        expect(distance(lookaheadParams(state, params as never).slow, slow[k]), `slow ${k}`).toBeLessThanOrEqual(tolerance)
      if (x?.[k]) expect(distance(evaluated(state, params), x[k]), `evaluated ${k}`).toBeLessThanOrEqual(tolerance)
    }
  })
})
