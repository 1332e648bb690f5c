import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import { describe, expect, test } from 'vitest'
import {
  adam,
  applyIfFinite,
  chain,
  clipByGlobalNorm,
  expr,
  ForegradError,
  float64,
  measureWithEma,
  metrics,
  monitor,
  multiSteps,
  ndarray,
  record,
  type ShouldSkipUpdateFn,
  schedule,
  sgd,
  skipLargeUpdates,
  skipNotFinite,
  snapshot,
} from '../../../lib/index.ts'

const large: ShouldSkipUpdateFn = (g, n, p) => skipLargeUpdates(g, n, p, 50)

const expectClose = (made: unknown, wanted: unknown): void => {
  for (const [j, x] of (made as number[]).entries()) expect(x).toBeCloseTo((wanted as number[])[j]!, 14)
}

const params = { a: [1, 2], b: [3] }
const grads = { a: [3, 0], b: [4] }

describe('record, snapshot and monitor', () => {
  test('keep what they measure, where they stand in the chain', async () => {
    const tx = chain(
      record('before', ({ g }) => expr.normTree(g)),
      clipByGlobalNorm(1),
      snapshot('behind', expr.normTree),
      monitor({
        leaf: expr.normLeaf,
        mean: measureWithEma(expr.normTree, 0.5),
        raw: measureWithEma(expr.normTree, 0.5, { debias: false }),
      }),
      sgd(0.1),
    )
    const reader = float64(tx)
    const start = reader.init(params)
    expect(await metrics(start)).toEqual({ before: 0, behind: 0, 'leaf.a': 0, 'leaf.b': 0, mean: 0, raw: 0 })
    const { state } = reader.step(grads, start, params)
    const found = await metrics(state)
    expect(found.before).toBe(5)
    expect(found.behind).toBeCloseTo(1, 14)
    expect(found['leaf.a']).toBeCloseTo(0.6, 14)
    expect(found['leaf.b']).toBeCloseTo(0.8, 14)
    expect(found.mean).toBeCloseTo(1, 14)
    expect(found.raw).toBeCloseTo(0.5, 14)
  })

  test('may measure the parameters', async () => {
    const reader = float64(record('size', ({ p }) => expr.sumTree(expr.abs(p))))
    expect(await metrics(reader.step(grads, reader.init(params), params).state)).toEqual({ size: 6 })
  })

  test('metrics of a state without any are none, and two of one name are refused', async () => {
    expect(await metrics(float64(adam(0.1)).init(params))).toEqual({})
    const twice = chain(
      record('x', ({ g }) => expr.normTree(g)),
      record('x', ({ g }) => expr.normTree(g)),
    )
    await expect(metrics(float64(twice).init(params))).rejects.toThrow('metrics: x: expected one record, got several')
  })
})

test('metrics refuse a number that was disposed, and what is none; an ndarray is read', async () => {
  const gone = tf.scalar(1)
  gone.dispose()
  await expect(metrics({ measurements: { norm: gone } })).rejects.toThrow('metrics: norm: expected a tensor')
  await expect(metrics({ measurements: { norm: 'x' } })).rejects.toThrow('metrics: norm: expected a number')
  const reader = float64(record('norm', ({ g }) => expr.normTree(g)))
  const leaf = ndarray(Float64Array.of(3, 4), [2])
  expect(await metrics(reader.step(leaf, reader.init(leaf), leaf).state)).toEqual({ norm: 5 })
})

describe('what only the engine knows', () => {
  const run = (tx: Parameters<typeof float64>[0], list: readonly number[][]) => {
    const reader = float64(tx)
    let at: { params: unknown; state: unknown } = { params: [1, -2], state: reader.init([1, -2]) }
    return list.map((g) => {
      at = reader.step(g, at.state, at.params as number[])
      return at
    })
  }
  const bad = [Number.NaN, 1]
  const good = [
    [0.5, 1],
    [-1, 2],
    [3, -0.5],
  ]

  test('a step that is left out is as if it had never been, the schedule counts with it', () => {
    const halving = schedule((count) => expr.div(0.1, expr.add(count, 1)))
    const plain = run(adam(halving), good)
    const made = run(applyIfFinite(adam(halving), { maxConsecutiveErrors: 3 }), [
      good[0]!,
      bad,
      good[1]!,
      bad,
      bad,
      good[2]!,
    ])
    for (const [k, i] of [
      [0, 0],
      [2, 1],
      [5, 2],
    ] as const)
      expectClose(made[k]!.params, plain[i]!.params)
    expect(made[1]!.params).toEqual(made[0]!.params)
    expect(made[5]!.state).toMatchObject({ notfiniteCount: 0, lastFinite: 1, totalNotfinite: 3 })
  })

  test('after so many the next is let through', () => {
    const made = run(applyIfFinite(sgd(1), { maxConsecutiveErrors: 1 }), [bad, bad])
    expect(made[0]!.params).toEqual([1, -2])
    expect(made[1]!.params).toEqual([Number.NaN, -3])
  })

  test.each([
    ['not finite', skipNotFinite, bad, { shouldSkip: 1, numNotFinite: 1 }],
    ['large', large, [7, 1.5], { shouldSkip: 1, normSquared: 51.25 }],
  ] as const)('a mini-step that is %s is skipped', (_, shouldSkipUpdateFn, outlier, skipState) => {
    const tx = multiSteps(adam(0.1), { everyKSchedule: 2, shouldSkipUpdateFn })
    const made = run(tx, [good[0]!, outlier as number[], good[1]!])
    const plain = run(multiSteps(adam(0.1), { everyKSchedule: 2 }), good)
    expect(made[1]!.state).toMatchObject({ miniStep: 1, gradientStep: 0, skipState })
    expectClose(made[2]!.params, plain[1]!.params)
    expect(made[2]!.state).toMatchObject({ miniStep: 0, gradientStep: 1, skipState: { shouldSkip: 0 } })
  })
})

const refused: readonly (readonly [string, () => unknown, string, RegExp])[] = [
  ['no name', () => record('', ({ g }) => expr.normTree(g)), 'bad-hyperparameter', /record: name/],
  ['a measure that is none', () => record('x', 3 as never), 'bad-argument', /record: measure/],
  ['a measure of rank cell', () => snapshot('x', (g) => g as never), 'bad-argument', /snapshot: measure: .*rank cell/],
  ['no measures', () => monitor({}), 'bad-hyperparameter', /monitor: measures/],
  ['a measure that gives a number', () => monitor({ x: () => 1 as never }), 'bad-argument', /monitor: measures.x/],
  ['a decay of 1', () => measureWithEma(expr.normTree, 1), 'bad-hyperparameter', /measureWithEma: decay/],
  ['an unknown option', () => measureWithEma(expr.normTree, 0.5, { bias: 1 } as never), 'bad-hyperparameter', /bias/],
  ['no number of errors', () => applyIfFinite(sgd(1), {} as never), 'bad-hyperparameter', /maxConsecutiveErrors/],
  [
    'half an error',
    () => applyIfFinite(sgd(1), { maxConsecutiveErrors: 0.5 }),
    'bad-hyperparameter',
    /maxConsecutiveErrors/,
  ],
  [
    'a plain function inside',
    () =>
      applyIfFinite(
        sgd((n) => 1 / (n + 1)),
        { maxConsecutiveErrors: 1 },
      ),
    'bad-rule',
    /applyIfFinite.*schedule\(/s,
  ],
  [
    'a judgement that is none',
    () => multiSteps(sgd(1), { everyKSchedule: 2, shouldSkipUpdateFn: () => ({}) as never }),
    'bad-argument',
    /shouldSkipUpdateFn/,
  ],
  [
    'a norm below 0',
    () => multiSteps(sgd(1), { everyKSchedule: 2, shouldSkipUpdateFn: (g, n, p) => skipLargeUpdates(g, n, p, -1) }),
    'bad-hyperparameter',
    /maxSquaredNorm/,
  ],
]

test.each(refused)('%s is refused', (_, make, code, says) => {
  let found: unknown
  try {
    make()
  } catch (error) {
    found = error
  }
  expect(found).toBeInstanceOf(ForegradError)
  expect((found as ForegradError).code).toBe(code)
  expect((found as ForegradError).message).toMatch(says)
})
