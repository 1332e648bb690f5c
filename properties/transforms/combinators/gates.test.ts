import { describe, expect, test } from 'vitest'
import {
  adam,
  applyEvery,
  chain,
  conditionallyMask,
  conditionallyTransform,
  expr,
  ForegradError,
  float64,
  type GradientTransformation,
  ivon,
  multiSteps,
  projectParams,
  scale,
  scaleByAdam,
  sgd,
  signal,
  trace,
} from '../../../lib/index.ts'

type Step = { readonly params: unknown; readonly state: unknown }

/** Every state and parameter of a run in float64. */
const run = (tx: GradientTransformation, grads: readonly number[][], extra?: (i: number) => object): Step[] => {
  const reader = float64(tx)
  const start = [1, -2]
  const steps: Step[] = []
  let at: Step = { params: start, state: reader.init(start) }
  grads.forEach((g, i) => {
    at = reader.step(g, at.state, at.params as number[], extra?.(i) as never)
    steps.push(at)
  })
  return steps
}

const grads = [
  [0.5, 1],
  [-1, 2],
  [3, -0.5],
  [0.25, 4],
  [1, 1],
  [-2, 0.125],
]
const mean = (list: readonly number[][]): number[] =>
  [0, 1].map((j) => list.reduce((m, g, i) => m + ((g[j] as number) - m) / (i + 1), 0))
const sum = (list: readonly number[][]): number[] => [0, 1].map((j) => list.reduce((m, g) => m + (g[j] as number), 0))

describe('multiSteps', () => {
  test.each([
    [true, mean],
    [false, sum],
  ] as const)('makes the steps of the %s of k gradients, and none between', (useGradMean, of) => {
    const made = run(multiSteps(adam(0.1), { everyKSchedule: 3, useGradMean }), grads)
    const plain = run(adam(0.1), [of(grads.slice(0, 3)), of(grads.slice(3))])
    expect(made.map(({ params }) => params)).toEqual([
      [1, -2],
      [1, -2],
      plain[0]?.params,
      plain[0]?.params,
      plain[0]?.params,
      plain[1]?.params,
    ])
    expect(made.at(-1)?.state).toEqual({
      miniStep: 0,
      gradientStep: 2,
      accGrads: [0, 0],
      innerOptState: plain[1]?.state,
    })
  })

  test('takes k by a schedule of the steps made', () => {
    const made = run(multiSteps(sgd(1), { everyKSchedule: (n) => (n < 1 ? 2 : 4) }), grads)
    expect(made.map(({ state }) => (state as { gradientStep: number }).gradientStep)).toEqual([0, 1, 1, 1, 1, 2])
  })
})

describe('a conditional transformation', () => {
  const odd = (step: expr.Expr<'step'>) => expr.sub(step, expr.mul(2, expr.floor(expr.div(step, 2))))

  test('is what it wraps where its test holds, and stands still elsewhere', () => {
    const made = run(conditionallyMask(trace({ decay: 0.5 }), odd), grads)
    const plain = run(
      trace({ decay: 0.5 }),
      [1, 3, 5].map((i) => grads[i] as number[]),
    )
    expect(made[5]?.params).toEqual(plain[2]?.params)
    expect(made[4]?.params).toEqual(made[3]?.params)
    expect(made[5]?.state).toEqual({ step: 6, innerState: plain[2]?.state })
  })

  test('lets updates pass where it is no mask', () => {
    const made = run(conditionallyTransform(scale(-1), odd), [
      [1, 1],
      [1, 1],
    ])
    expect(made.map(({ params }) => params)).toEqual([
      [2, -1],
      [1, -2],
    ])
  })

  test('may ask a signal', () => {
    const made = run(
      conditionallyMask(sgd(1), () => expr.less(2, signal('value'))),
      [
        [1, 1],
        [1, 1],
      ],
      (i) => ({ value: 2 + i }),
    )
    expect(made.map(({ params }) => params)).toEqual([
      [1, -2],
      [0, -3],
    ])
  })
})

test('applyEvery passes the sum of k updates on', () => {
  const made = run(applyEvery(2), [
    [1, 0],
    [2, 1],
    [3, 0],
  ])
  expect(made.map(({ params }) => params)).toEqual([
    [1, -2],
    [4, -1],
    [4, -1],
  ])
})

const byHand = projectParams(sgd(1), { name: 'hand', init: () => ({}), project: (params, state) => [params, state] })

test.each<[string, () => unknown, string, RegExp]>([
  ['no k', () => multiSteps(sgd(1), {} as never), 'bad-hyperparameter', /everyKSchedule/],
  ['k = 0', () => multiSteps(sgd(1), { everyKSchedule: 0 }), 'bad-hyperparameter', /everyKSchedule/],
  ['k = 1.5', () => multiSteps(sgd(1), { everyKSchedule: 1.5 }), 'bad-hyperparameter', /everyKSchedule/],
  ['an unknown option', () => multiSteps(sgd(1), { everyKSchedule: 2, k: 2 } as never), 'bad-hyperparameter', /k/],
  ['no transformation', () => multiSteps(3 as never, { everyKSchedule: 2 }), 'bad-rule', /multiSteps: inner/],
  ['a mark of draws inside', () => multiSteps(ivon(1, { ess: 10 }), { everyKSchedule: 2 }), 'bad-rule', /multiSteps/],
  ['a stage by hand', () => conditionallyMask(byHand, (step) => step), 'unsupported', /conditionallyMask: inner/],
  ['a test that is none', () => conditionallyMask(sgd(1), true as never), 'bad-argument', /shouldTransformFn/],
  [
    'a test of numbers',
    () => conditionallyTransform(chain(scaleByAdam()), (() => true) as never),
    'bad-argument',
    /shouldTransformFn/,
  ],
  ['k of applyEvery', () => applyEvery(0), 'bad-hyperparameter', /applyEvery: k/],
])('%s is told when it is built', (_, build, code, path) => {
  const error = (() => {
    try {
      return build()
    } catch (caught) {
      return caught
    }
  })() as ForegradError
  expect(error).toBeInstanceOf(ForegradError)
  expect(error.code).toBe(code)
  expect(error.faults[0]?.path).toMatch(path)
})
