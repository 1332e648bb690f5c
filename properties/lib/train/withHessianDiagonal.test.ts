/** Sophia with its probes: Gauss–Newton–Bartlett's estimate against its formula in plain numbers, and the loop that gives it to the optimizer. */
import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, test } from 'vitest'
import { createArrays } from '../../../lib/arrays.ts'
import '../../../lib/gradients.ts'
import type { ArrayLeaf } from '../../../lib/hosts/arrays/leaf.ts'
import * as f from '../../../lib/index.ts'
import { gumbels } from '../../../lib/random/gumbels.ts'
import { describeEngines, testEngines } from '../../devices/engines.ts'

const key = f.seedKey(11)
const [examples, inputs, classes] = [5, 3, 4]
const xs = Array.from({ length: examples }, (_, b) => Array.from({ length: inputs }, (_, i) => Math.sin(3 * b + i)))
const start = Array.from({ length: inputs }, (_, i) =>
  Array.from({ length: classes }, (_, c) => Math.cos(i - 2 * c) / 2),
)

type Matrix = readonly (readonly number[])[]
const scoresOf = (w: Matrix, x: Matrix): number[][] =>
  x.map((row) => Array.from({ length: classes }, (_, c) => row.reduce((sum, value, i) => sum + value * w[i]![c]!, 0)))
const softmax = (row: readonly number[]): number[] => {
  const sum = row.reduce((total, s) => total + Math.exp(s), 0)
  return row.map((s) => Math.exp(s) / sum)
}
/** ∇ of the mean cross-entropy of x·w at classes. */
const gradientOf = (w: Matrix, x: Matrix, labels: Matrix): number[][] => {
  const p = scoresOf(w, x).map(softmax)
  return w.map((row, i) =>
    row.map((_, c) => x.reduce((sum, each, b) => sum + (each[i]! * (p[b]![c]! - labels[b]![c]!)) / x.length, 0)),
  )
}
/** The labels that a probe draws: the largest of scores and Gumbel numbers. */
const drawn = (w: Matrix, x: Matrix, step: number): number[][] => {
  const noise = gumbels(key, x.length * classes, { step })
  return scoresOf(w, x).map((row, b) => {
    const noisy = row.map((s, c) => s + noise[b * classes + c]!)
    const at = noisy.indexOf(Math.max(...noisy))
    return row.map((_, c) => (c === at ? 1 : 0))
  })
}
/** B·(∇L̂)². */
const estimate = (w: Matrix, x: Matrix, step: number): number[] =>
  gradientOf(w, x, drawn(w, x, step))
    .flat()
    .map((g) => x.length * g * g)
const close = (got: ArrayLike<number>, wanted: readonly number[], by = 1e-5): void => {
  expect(got.length).toBe(wanted.length)
  wanted.forEach((x, i) => {
    expect(Math.abs(got[i]! - x)).toBeLessThanOrEqual(by * (1e-2 + Math.abs(x)))
  })
}

type P = { w: tf.Tensor }
const logits = ({ w }: P, x: tf.Tensor) => tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D)
const targets = xs.map((_, b) => Array.from({ length: classes }, (_, c) => (c === b % classes ? 1 : 0)))
const loss = (params: P, x: tf.Tensor): tf.Tensor =>
  tf.neg(tf.mean(tf.sum(tf.mul(tf.tensor2d(targets), tf.logSoftmax(logits(params, x))), -1)))
const given = () => ({ params: { w: tf.tensor2d(start) as tf.Tensor }, x: tf.tensor2d(xs) as tf.Tensor })

/** Sophia by hand in float64, with the estimate of its formula in every k-th step. */
const meant = (steps: number, updateInterval: number): { w: Matrix; nu: number[] } => {
  const tx = f.float64(f.sophia(0.05, { updateInterval }))
  let params = { w: start as number[][] }
  let state = tx.init(params)
  for (let k = 0; k < steps; k++) {
    const flat = k % updateInterval === 0 ? estimate(params.w, xs, k) : Array<number>(inputs * classes).fill(Number.NaN)
    const hessianDiagonal = { w: params.w.map((_, i) => flat.slice(i * classes, (i + 1) * classes)) }
    const grads = { w: gradientOf(params.w, xs, targets) }
    const made = tx.step(grads as never, state, params as never, { hessianDiagonal } as never)
    params = made.params as never
    state = made.state
  }
  return { w: params.w, nu: (state as unknown as [{ nu: { w: number[][] } }])[0].nu.w.flat() }
}

describeEngines(testEngines, () => {
  test('the estimate is B·(∇L̂)² of the labels that were drawn, and leaves nothing behind', async () => {
    const before = tf.memory().numTensors
    const { params, x } = given()
    const probe = f.gaussNewtonBartlettEstimatorDiagHessian(logits, { key })
    for (const step of [0, 1, 9]) {
      const found = probe(step, params, x)
      close(await found.w.data(), estimate(start, xs, step))
      f.dispose(found)
    }
    f.dispose([params, x])
    expect(tf.memory().numTensors).toBe(before)
  })

  test.each([false, true])('Sophia is given it in every k-th step, and no other (donate: %s)', async (donate) => {
    const before = tf.memory().numTensors
    const { params, x } = given()
    const asked: number[] = []
    const probe = f.gaussNewtonBartlettEstimatorDiagHessian(logits, { key })
    const estimator = (step: number, at: P, batch: tf.Tensor): P => {
      asked.push(step)
      return probe(step, at, batch)
    }
    const tx = f.sophia(0.05, { updateInterval: 3 })
    const trainer = f.withHessianDiagonal(loss, tx, { estimator, updateInterval: 3, donate })
    let train = trainer.init(params)
    const counts: number[] = []
    for (let k = 0; k < 8; k++) {
      const next = trainer.step(train, x)
      if (!donate) f.dispose(k === 0 ? train.state : train)
      f.dispose(next.value)
      train = next.train
      counts.push(tf.memory().numTensors)
    }
    expect(asked).toEqual([0, 3, 6])
    expect(train.steps).toBe(8)
    expect(new Set(counts.slice(1)).size).toBe(1)
    const wanted = meant(8, 3)
    close(await train.params.w.data(), wanted.w.flat(), 1e-4)
    close(await (train.state as unknown as [{ nu: P }])[0].nu.w.data(), wanted.nu, 1e-4)
    f.dispose(donate ? [train, x] : [train, params, x])
    expect(tf.memory().numTensors).toBe(before)
  })
})

describe('on arrays', () => {
  const valueAndGrad = ({ w }: { w: ArrayLeaf }, labels: Matrix) => ({
    value: 0,
    grads: { w: gradientOf(rows(w), xs, labels) },
  })
  const rows = ({ data }: ArrayLeaf, width = classes): number[][] =>
    Array.from({ length: data.length / width }, (_, i) => [...data.slice(i * width, (i + 1) * width)])

  test.each([false, true])('the same driver and estimate mean the same (donate: %s)', (donate) => {
    const arrays = createArrays()
    const probe = arrays.gaussNewtonBartlettEstimatorDiagHessian(
      ({ w }: { w: ArrayLeaf }) => scoresOf(rows(w), xs),
      (params, labels) => valueAndGrad(params, rows(labels)),
      { key },
    )
    const trainer = arrays.withHessianDiagonal(
      (params: { w: ArrayLeaf }) => valueAndGrad(params, targets),
      f.sophia(0.05, { updateInterval: 3 }),
      { estimator: probe, updateInterval: 3, donate },
    )
    let train = trainer.init(arrays.from({ w: start }) as never)
    for (let k = 0; k < 8; k++) {
      const { train: next } = trainer.step(train)
      if (!donate) arrays.dispose(train)
      train = next
    }
    close(train.params.w.data, meant(8, 3).w.flat(), 1e-4)
    arrays.dispose(train)
    expect(arrays.memory().numArrays).toBe(0)
  })
})

describeEngines(testEngines.slice(0, 1), () => {
  test('the mean of many estimates is the diagonal of the Gauss–Newton matrix', () => {
    const { params, x } = given()
    const probe = f.gaussNewtonBartlettEstimatorDiagHessian(logits, { key })
    const count = 300
    const all = Array.from({ length: count }, (_, step) => {
      const found = probe(step, params, x)
      const numbers = [...found.w.dataSync()]
      f.dispose(found)
      return numbers
    })
    const p = scoresOf(start, xs).map(softmax)
    start
      .flatMap((row, i) => row.map((_, c) => [i, c] as const))
      .forEach(([i, c], at) => {
        // 1/B·Σ_b x_bi²·p_bc·(1 − p_bc)
        const wanted = xs.reduce((sum, row, b) => sum + (row[i]! ** 2 * p[b]![c]! * (1 - p[b]![c]!)) / examples, 0)
        const mean = all.reduce((sum, numbers) => sum + numbers[at]! / count, 0)
        const variance = all.reduce((sum, numbers) => sum + (numbers[at]! - mean) ** 2 / (count - 1), 0)
        expect(Math.abs(mean - wanted)).toBeLessThanOrEqual(4 * Math.sqrt(variance / count))
      })
    f.dispose([params, x])
  })

  test('what cannot be meant is refused, before anything is computed', () => {
    const tx = f.sophia(0.1)
    const estimator = (_: number, params: P) => params
    const wrong = (make: () => unknown, text: string | RegExp) => expect(make).toThrow(text)
    wrong(() => f.withHessianDiagonal(loss, f.adam(0.1), { estimator }), 'a stage that reads hessianDiagonal')
    wrong(() => f.withHessianDiagonal(loss, tx, {} as never), 'withHessianDiagonal: estimator')
    wrong(() => f.withHessianDiagonal(loss, tx, { estimator: 1 as never }), 'a function of the step')
    wrong(() => f.withHessianDiagonal(loss, tx, { estimator, updateInterval: 0 }), 'updateInterval')
    wrong(() => f.withHessianDiagonal(loss, tx, { estimator, every: 2 } as never), 'every')
    wrong(() => f.gaussNewtonBartlettEstimatorDiagHessian(logits, {} as never), 'EstimatorDiagHessian: key')
    wrong(
      () => f.gaussNewtonBartlettEstimatorDiagHessian(3 as never, { key }),
      'EstimatorDiagHessian: logits: expected a function',
    )
    const late = (async () => tf.scalar(1)) as never
    wrong(
      () => f.gaussNewtonBartlettEstimatorDiagHessian(late, { key }),
      'EstimatorDiagHessian: logits: expected a tensor of scores',
    )
    const { params, x } = given()
    const before = tf.memory().numTensors
    const scalar = f.gaussNewtonBartlettEstimatorDiagHessian(() => tf.scalar(1), { key })
    wrong(() => scalar(0, params), 'scores of at least one example')
    const trainer = f.withHessianDiagonal(loss, tx, { estimator })
    const train = trainer.init(params)
    wrong(() => trainer.step({ ...train, steps: undefined as never }, x), 'train.steps')
    f.dispose(train.state)
    const failing = f.withHessianDiagonal(loss, tx, {
      estimator: () => {
        throw new Error('no estimate')
      },
    })
    const held = failing.init(params)
    const nothing = f.withHessianDiagonal(loss, tx, { estimator: () => undefined as never })
    wrong(() => nothing.step(held, x), 'hessianDiagonal')
    const alive = tf.memory().numTensors
    wrong(() => failing.step(held, x), 'no estimate')
    expect(tf.memory().numTensors).toBe(alive)
    f.dispose(held.state)
    expect(tf.memory().numTensors).toBe(before)
    f.dispose([params, x])
  })
})
