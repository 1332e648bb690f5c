import { found } from './facts.ts'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { float64, valueAndGradFromState } from '../../lib/index.ts'
import { build, distance, type Numbers } from './golden.ts'
import { lossOf, type Problem } from './problems.ts'

interface RecordedRun {
  readonly id: string
  readonly ts: string
  readonly problem: string
  readonly params: Readonly<Record<string, Numbers>>
  readonly state?: Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly tolerance: number
}

const { problems, runs } = JSON.parse(readFileSync(new URL('linesearch.json', import.meta.url), 'utf8')) as {
  readonly problems: Readonly<Record<string, Problem>>
  readonly runs: readonly RecordedRun[]
}

const replay = (run: RecordedRun, fromState: boolean): void => {
  const problem = problems[run.problem]!
  const reader = float64(build(run.ts))
  const valueAndGradFn = (params: Numbers) => lossOf(problem, params, 0)
  const remembered = valueAndGradFromState(valueAndGradFn)
  let params: Numbers = problem.params
  let state = reader.init(params)
  for (let k = 1; k <= Math.max(...Object.keys(run.params).map(Number)); k++) {
    const at = fromState ? remembered(params, state) : valueAndGradFn(params)
    const extra = { value: at.value, grad: at.grads, valueAndGradFn }
    const made = reader.step(at.grads as Numbers, state, params, extra)
    params = made.params as Numbers
    state = made.state
    if (run.params[k]) expect(distance(params, run.params[k]), `step ${k}`).toBeLessThanOrEqual(run.tolerance)
    for (const [key, by] of Object.entries(run.state ?? {}))
      if (by[k] !== undefined)
        expect(distance(found(state, key), by[k]), `${key} ${k}`).toBeLessThanOrEqual(run.tolerance)
  }
}

describe('L-BFGS and line searches of optax are replayed in float64', () => {
  test.each(runs.map((run) => [run.id, run] as const))('%s', (_, run) => replay(run, false))
  const keepGradients = runs.filter(({ ts }) => /lbfgs\(\)|Zoom|storeGrad/.test(ts))
  test.each(keepGradients.map((run) => [run.id, run] as const))('%s, from the state', (_, run) => replay(run, true))
})
