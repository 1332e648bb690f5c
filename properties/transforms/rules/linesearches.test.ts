import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, test } from 'vitest'
import '../../../lib/gradients.ts'
import {
  applyUpdates,
  dispose,
  ForegradError,
  float64,
  lbfgs,
  scaleByBacktrackingLinesearch,
  scaleByLbfgs,
  scaleByZoomLinesearch,
  step,
  toData,
  valueAndGrad,
  valueAndGradFromState,
} from '../../../lib/index.ts'
import { describeEngines, testEngines } from '../../devices/engines.ts'

const C = [3, 0.5, 10]
const T = [1, -2, 0.25]
const start = [-1, 1, 2]

const search = scaleByBacktrackingLinesearch({ maxBacktrackingSteps: 20, storeGrad: true })

/** ½ΣC·(w − T)² in float64. */
const plain = ({ w }: { readonly w: readonly number[] }) => ({
  value: w.reduce((sum, x, i) => sum + (C[i]! * (x - T[i]!) ** 2) / 2, 0),
  grads: { w: w.map((x, i) => C[i]! * (x - T[i]!)) },
})

const trained = (tx: ReturnType<typeof lbfgs>, steps: number): readonly number[] => {
  const reader = float64(tx)
  let params = { w: start }
  let state = reader.init(params)
  for (let k = 0; k < steps; k++) {
    const { value, grads } = plain(params)
    const made = reader.step(grads, state, params, { value, grad: grads, valueAndGradFn: plain })
    params = made.params as typeof params
    state = made.state
  }
  return params.w
}

const expectClose = (made: readonly number[], wanted: readonly number[], digits: number): void => {
  for (const [i, x] of wanted.entries()) expect(made[i]).toBeCloseTo(x, digits)
}

// The searches read values after each call: on WebGPU that needs a wait that tfjs has not.
const waiting = testEngines.filter(({ name }) => name !== 'webgpu')

describeEngines(waiting, () => {
  test.each([
    ['zoom', lbfgs()],
    ['backtracking', lbfgs({ linesearch: search })],
  ] as const)('lbfgs with %s goes the way that it goes in float64, and leaks nothing', (_, tx) => {
    const before = tf.memory().numTensors
    const [c, t] = [tf.tensor1d(C), tf.tensor1d(T)]
    const loss = ({ w }: { w: tf.Tensor }) => tf.mul(0.5, tf.sum(tf.mul(c, tf.square(tf.sub(w, t))))) as tf.Scalar
    const valueAndGradFn = valueAndGrad(loss)
    let params: { w: tf.Tensor } = { w: tf.tensor1d(start) }
    let state = tx.init(params)
    for (let k = 0; k < 4; k++) {
      const { value, grads } = valueAndGradFn(params)
      const made = step(tx, grads, state, params, { extra: { value, grad: grads, valueAndGradFn } })
      dispose([params, state, grads, value])
      params = made.params
      state = made.state
    }
    const found = [...params.w.dataSync()]
    expectClose(found, trained(tx, 4), 4)
    dispose([params, state, c, t])
    expect(tf.memory().numTensors).toBe(before)
  })

  test('scaleByLbfgs needs no loss, and its state is plain data', () => {
    const tx = scaleByLbfgs({ memorySize: 2 })
    const params = { w: tf.tensor1d(start) }
    const grads = { w: tf.tensor1d([1, 2, 3]) }
    const [updates, state] = tx.update(grads, tx.init(params), params)
    const moved = applyUpdates(params, updates)
    const [, second] = tx.update(updates, state, moved)
    expect(JSON.stringify(toData(second))).toContain('diffParamsMemory')
    dispose([params, grads, updates, moved, state, second])
  })
})

describe('lbfgs', () => {
  test('finds the least place of a quadratic', () => {
    expectClose(trained(lbfgs(), 20), T, 10)
  })

  test('takes a learning rate in place of a search, or both', () => {
    const reader = float64(lbfgs(0.5))
    const { params } = reader.step({ w: [3, 4, 0] }, reader.init({ w: start }), { w: start })
    expect((params as { w: number[] }).w[1]).toBeCloseTo(1 - 0.5 * (4 / 5), 14)
    const both = lbfgs(1, { linesearch: scaleByZoomLinesearch({ maxLinesearchSteps: 20 }) })
    expectClose(trained(both, 25), T, 8)
  })

  test('a step where the loss is not finite is not made', () => {
    const tx = scaleByBacktrackingLinesearch({ maxBacktrackingSteps: 3 })
    const reader = float64(tx)
    const extra = { value: 1, grad: [1], valueFn: () => Number.NaN }
    const { params, state } = reader.step([-1], reader.init([2]), [2], extra)
    expect(params).toEqual([2])
    expect(state).toMatchObject({ learningRate: 0, info: { numLinesearchSteps: 4 } })
  })
})

const oneStep = (extra?: Record<string, unknown>, tx = scaleByZoomLinesearch({ maxLinesearchSteps: 2 })) => {
  const reader = float64(tx as never)
  return reader.step([1], reader.init([1]), [1], extra)
}
const refused: readonly (readonly [string, () => unknown, string, RegExp])[] = [
  ['no steps', () => scaleByZoomLinesearch({} as never), 'bad-hyperparameter', /maxLinesearchSteps/],
  ['half a step', () => scaleByBacktrackingLinesearch({ maxBacktrackingSteps: 0.5 }), 'bad-hyperparameter', /Steps/],
  [
    'growing by 1',
    () => scaleByZoomLinesearch({ maxLinesearchSteps: 1, increaseFactor: 1 }),
    'bad-hyperparameter',
    /increaseFactor/,
  ],
  [
    'another guess',
    () => scaleByZoomLinesearch({ maxLinesearchSteps: 1, initialGuessStrategy: 'two' as never }),
    'bad-hyperparameter',
    /initialGuessStrategy/,
  ],
  [
    'a factor of 1',
    () => scaleByBacktrackingLinesearch({ maxBacktrackingSteps: 1, decreaseFactor: 1 }),
    'bad-hyperparameter',
    /decreaseFactor/,
  ],
  ['no memory', () => scaleByLbfgs({ memorySize: 0 }), 'bad-hyperparameter', /memorySize/],
  ['a search that is none', () => lbfgs({ linesearch: 1 as never }), 'bad-hyperparameter', /linesearch/],
  ['an unknown option', () => lbfgs(0.1, { memory: 3 } as never), 'bad-hyperparameter', /memory/],
  ['something behind the options', () => lbfgs({}, { memorySize: 1 } as never), 'bad-hyperparameter', /lbfgs/],
  ['no loss', () => oneStep(), 'missing-signal', /value.*grad.*valueAndGradFn/s],
  ['a number for a loss', () => oneStep({ value: 1, grad: [1], valueAndGradFn: 3 }), 'bad-argument', /valueAndGradFn/],
  [
    'a loss without gradients',
    () => oneStep({ value: 1, grad: [1], valueAndGradFn: () => 1 }),
    'bad-argument',
    /value, grads/,
  ],
  [
    'a gradient of another tree',
    () => oneStep({ value: 1, grad: { w: 1 }, valueAndGradFn: plain }),
    'tree-mismatch',
    /./,
  ],
  ['no function', () => valueAndGradFromState(1 as never), 'bad-argument', /valueAndGradFn/],
  [
    'a state without a gradient',
    () => valueAndGradFromState(plain)({ w: start }, float64(scaleByLbfgs()).init([1])),
    'bad-argument',
    /one value/,
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

test('the gradient of a state starts at 0, also where a parameter is infinite or NaN', () => {
  const params = { w: [1, Number.POSITIVE_INFINITY, Number.NaN] }
  for (const tx of [search, scaleByZoomLinesearch({ maxLinesearchSteps: 5 })]) {
    const { grad } = float64(tx).init(params) as unknown as { readonly grad: { readonly w: { data: Float64Array } } }
    expect([...grad.w.data]).toEqual([0, 0, 0])
  }
})

test('what L-BFGS remembers starts at 0, also where a parameter is infinite or NaN', () => {
  type Leaf = { readonly w: { readonly data: Float64Array } }
  const kept = float64(scaleByLbfgs({ memorySize: 1 })).init({ w: [1, Number.POSITIVE_INFINITY, Number.NaN] })
  const { params, updates, diffParamsMemory, diffUpdatesMemory } = kept as unknown as Record<string, Leaf & Leaf[]>
  for (const tree of [params, updates, diffParamsMemory?.[0], diffUpdatesMemory?.[0]])
    expect([...(tree?.w.data ?? [])]).toEqual([0, 0, 0])
})
