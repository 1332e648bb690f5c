/** What other tests have no place for: Sophia with its probes, single functions, averages of a run. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as f from '../../lib/index.ts'
import { build, distance, type Nested, type Numbers } from './golden.ts'
import { lossOf, type Problem } from './problems.ts'

type BySteps = Readonly<Record<string, Numbers>>

interface SophiaRun {
  readonly id: string
  readonly ts: string
  readonly problem: string
  /** Signs, one tree for each step that updates the curvature: every so many. */
  readonly probes: readonly Numbers[]
  readonly every: number
  readonly params: BySteps
}

interface Call {
  readonly id: string
  readonly inputs: Readonly<Record<string, never>>
  readonly outputs: never
  readonly rtol_hint: number
}

const recorded = JSON.parse(readFileSync(new URL('rest.json', import.meta.url), 'utf8')) as {
  readonly problems: Readonly<Record<string, Problem>>
  readonly runs: readonly SophiaRun[]
  readonly calls: readonly Call[]
  /** Torch's SGD with momentum 0.9 by OneCycleLR({ max_lr: 0.02, total_steps: 60 }) on P2, whose momentum is cycled. */
  readonly oneCycle: BySteps
}

/** z·(Hz): the diagonal itself where the Hessian is diagonal, since z² is 1. */
const curvatureOf = (problem: Problem, params: Numbers, probe: Numbers): Numbers => {
  if (problem.kind === 'quadratic') return { x: problem.A }
  if (problem.kind === 'matrix_quadratic') return problem.C
  if (problem.kind !== 'rosenbrock') throw new Error('a problem without a Hessian')
  const [x, y] = params.x as readonly [number, number]
  const [a, b] = probe.x as readonly [number, number]
  const [xx, xy, yy] = [2 - 400 * (y - 3 * x * x), -400 * x, 200]
  return { x: [a * (xx * a + xy * b), b * (xy * a + yy * b)] }
}

test.each(recorded.runs.map((run) => [run.id, run] as const))('%s is replayed within 1e-11', (_, run) => {
  const problem = recorded.problems[run.problem]!
  const reader = f.float64(build(run.ts))
  let params: Numbers = problem.params
  let state = reader.init(params)
  for (let k = 1; k <= Math.max(...Object.keys(run.params).map(Number)); k++) {
    const probe = run.probes[Math.floor((k - 1) / run.every)]!
    const hessianDiagonal = curvatureOf(problem, params, probe)
    const made = reader.step(lossOf(problem, params, k - 1).grads, state, params, { hessianDiagonal })
    params = made.params as Numbers
    state = made.state
    if (run.params[k]) expect(distance(params, run.params[k]), `step ${k}`).toBeLessThanOrEqual(1e-11)
  }
})

/** What a rule makes of one gradient, in float64. */
const direction = (tx: f.GradientTransformation, g: Nested, p: Nested = g): unknown => {
  const reader = f.float64(tx)
  return reader.update(g as f.NumberTree, reader.init(p as f.NumberTree), p as f.NumberTree)[0]
}

/** The weights of plain descent on the quadratic, and beside them the averages. */
const averaged = (weight: (count: number) => number): BySteps => {
  const problem = recorded.problems.P2!
  const reader = f.float64(f.sgd(0.02))
  let params: Numbers = problem.params
  let state = reader.init(params)
  let average = params.x as readonly number[]
  const found: Record<string, Numbers> = {}
  for (let k = 1; k <= 60; k++) {
    const made = reader.step(lossOf(problem, params, k - 1).grads, state, params)
    params = made.params as Numbers
    state = made.state
    const [now, share] = [params.x as readonly number[], weight(k)]
    average = average.map((x, i) => x + share * (now[i]! - x))
    found[k] = { params, average: { x: average } } as never
  }
  return found
}

const unitNorms = f.rule({ name: 'unitNorms', slots: {}, update: ({ g }) => ({ u: f.unitwiseNorm(g), next: {} }) })

type Counts = { readonly counts: readonly number[] }

/** Torch's CyclicLR: from low to high in `up` steps, back in `down`, and anew; the way up shrinks by `gamma` a step. */
const cyclic = (low: number, high: number, up: number, down: number, gamma = 1) =>
  f.schedule((count) => {
    const { add, div, floor, less, mul, pow, select, sub } = f.expr
    const inCycle = sub(count, mul(up + down, floor(div(count, up + down))))
    const climbed = select(less(inCycle, up), div(inCycle, up), sub(1, div(sub(inCycle, up), down)))
    return add(low, mul(mul(high - low, climbed), pow(gamma, count)))
  })

const made: Readonly<Record<string, (inputs: never) => unknown>> = {
  'optax_function/apply_updates': ({ a, b }: { a: Numbers; b: Numbers }) =>
    f.float64(f.identity()).step(b, f.float64(f.identity()).init(a), a).params,
  'optax_function/unitwise_norm/matrix': ({ a }: { a: { a: Nested } }) => direction(unitNorms, a.a),
  'optax_function/unitwise_norm/vector': ({ a }: { a: { b: { c: Nested } } }) => direction(unitNorms, a.b.c),
  'optax_function/power_iteration': ({ matrix }: { matrix: number[][] }) => {
    const options = { v0: [1, 1, 1], numIters: 200, errorTolerance: 1e-12 }
    const { eigenvalue, eigenvector } = f.powerIteration(matrix, options)
    return [eigenvalue, eigenvector]
  },
  'optax_function/matrix_inverse_pth_root/p4': ({ matrix }: { matrix: number[][] }) => f.matrixInversePthRoot(matrix, 4).root,
  'optax_function/nnls': ({ A, b }: { A: number[][]; b: number[] }) => f.nnls(A, b),
  'optax_schedule/sgdr_schedule': ({ counts }: { counts: number[] }) => {
    const first = { initValue: 0, peakValue: 1, warmupSteps: 3, decaySteps: 10, endValue: 0.1 }
    const second = { initValue: 0.1, peakValue: 0.5, warmupSteps: 2, decaySteps: 20, endValue: 0 }
    return counts.map(f.sgdrSchedule([first, second]))
  },
  'torch/AveragedModel/swa/P2': () => averaged((k) => 1 / k),
  'torch/AveragedModel/ema0.9/P2': () => averaged((k) => (k === 1 ? 1 : 0.1)),
  'torch/lr_scheduler/OneCycleLR/cos': ({ counts }: Counts) => ({
    values: counts.map(f.cosineOnecycleSchedule({ transitionSteps: 29, peakValue: 0.5, pctStart: 8 / 29 })),
    momentum: counts.map(
      f.piecewiseInterpolateSchedule({
        interpolateType: 'cosine',
        initValue: 0.95,
        boundariesAndScales: { 8: 0.85 / 0.95, 29: 0.95 / 0.85 },
      }),
    ),
  }),
  'torch/lr_scheduler/OneCycleLR/three_phase': ({ counts }: Counts) => {
    const shape = { transitionSteps: 29, peakValue: 0.5, pctStart: 8 / 29, pctFinal: 16 / 29 }
    const momentum = f.piecewiseInterpolateSchedule({
      interpolateType: 'linear',
      initValue: 0.95,
      boundariesAndScales: { 8: 0.85 / 0.95, 16: 0.95 / 0.85 },
    })
    return { values: counts.map(f.linearOnecycleSchedule(shape)), momentum: counts.map(momentum) }
  },
  'torch/lr_scheduler/CyclicLR/triangular': ({ counts }: Counts) => counts.map(cyclic(0.01, 0.1, 4, 6)),
  'torch/lr_scheduler/CyclicLR/exp_range': ({ counts }: Counts) => counts.map(cyclic(0.01, 0.1, 5, 5, 0.95)),
  'torch/lr_scheduler/ReduceLROnPlateau/cooldown': ({ metrics }: { metrics: number[] }) => {
    // torch waits for one bad epoch more than its patience, and its rate changes behind the step, ours with it.
    const options = { factor: 0.1, patience: 2, rtol: 0, atol: 0.01, cooldown: 2, minScale: 1e-3 }
    const reader = f.float64(f.reduceOnPlateau(options))
    let state = reader.init(0)
    const behind = metrics.slice(0, -1).map((value) => {
      state = reader.update(0, state, 0, { value })[1]
      return 0.1 * (state as { readonly scale: number }).scale
    })
    return [0.1, ...behind]
  },
  'torch/lr_scheduler/ConstantLR': ({ counts }: { counts: number[] }) =>
    counts.map(f.joinSchedules([f.constantSchedule(0.025), f.constantSchedule(0.1)], [5])),
}

/** Torch's OneCycleLR, whose momentum falls where the rate rises; plain functions are float64. */
test('torch/SGD+OneCycleLR/P2 is replayed within 1e-11', () => {
  const half = (from: number, to: number, share: number): number => to + ((from - to) / 2) * (1 + Math.cos(Math.PI * share))
  const cycle = (start: number, peak: number, end: number) => (count: number) =>
    count <= 17 ? half(start, peak, count / 17) : half(peak, end, (count - 17) / 42)
  const learningRate = cycle(0.02 / 25, 0.02, 0.02 / 25e4)
  const reader = f.float64(f.injectHyperparams(f.sgd)(learningRate, { momentum: cycle(0.95, 0.85, 0.95) }))
  const problem = recorded.problems.P2!
  let params: Numbers = problem.params
  let state = reader.init(params)
  for (let k = 1; k <= 60; k++) {
    const made = reader.step(lossOf(problem, params, k - 1).grads, state, params)
    params = made.params as Numbers
    state = made.state
    if (recorded.oneCycle[k]) expect(distance(params, recorded.oneCycle[k]), `step ${k}`).toBeLessThanOrEqual(1e-11)
  }
})

/** Schedules with a warm-up and those of one cycle are float32 here, as they are in optax outside of this recording. */
const rounded = [
  'optax_schedule/sgdr_schedule',
  'torch/lr_scheduler/OneCycleLR/cos',
  'torch/lr_scheduler/OneCycleLR/three_phase',
]

describe('a single call', () => {
  test.each(recorded.calls.map((call) => [call.id, call] as const))('%s', (id, { inputs, outputs, rtol_hint }) => {
    const found = made[id]!(inputs as never)
    const { value = outputs, values = value, momentum } = outputs as { value?: unknown; values?: unknown; momentum?: unknown }
    expect(distance(found, momentum === undefined ? values : outputs)).toBeLessThanOrEqual(rounded.includes(id) ? 3e-7 : rtol_hint)
  })
})
