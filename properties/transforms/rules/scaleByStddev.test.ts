import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { float64, releaseBackend, rmsprop, scaleByStddev, step, useBackend } from '../../../lib/index.ts'

/** Gradients of many sizes and signs. */
const gradients = Array.from({ length: 400 }, (_, i) => Math.sin(12.9898 * (i + 1)) * 10 ** ((i % 9) - 4))
const options = [true, false].flatMap((biasCorrection) =>
  [true, false].map((epsInSqrt) => ({ biasCorrection, epsInSqrt })),
)

/** optax's numbers, as they are computed there. */
const optax = (g: number, { biasCorrection, epsInSqrt }: (typeof options)[number], decay = 0.9, eps = 1e-8) => {
  const bias = biasCorrection ? 1 - decay ** 1 : 1
  const mu = (decay * 0 + (1 - decay) * g) / bias
  const nu = (decay * 0 + (1 - decay) * (g * g)) / bias
  return epsInSqrt ? g / Math.sqrt(nu - mu * mu + eps) : g / (Math.sqrt(nu - mu * mu) + eps)
}

describe('the centred second moment', () => {
  test.each(options)(
    'is optax’s bit for bit where that is a number, and counts as 0 where it is none, with %j',
    (given) => {
      const made = float64(scaleByStddev(given))
      const [u] = made.update(gradients, made.init(gradients))
      const wanted = gradients.map((g) => optax(g, given))
      if (given.biasCorrection) expect(wanted.some(Number.isNaN)).toBe(true)
      const zero = given.epsInSqrt ? Math.sqrt(1e-8) : 1e-8
      const numbers = wanted.map((x, i) => (Number.isNaN(x) ? (gradients[i] as number) / zero : x))
      expect([...(u as unknown as ArrayLike<number> & Iterable<number>)]).toEqual(numbers)
    },
  )

  test('is NaN where the gradient is', () => {
    const made = float64(scaleByStddev())
    const [u] = made.update([Number.NaN, 1], made.init([0, 0]))
    expect([...(u as unknown as Iterable<number>)].map(Number.isNaN)).toEqual([true, false])
  })
})

describe.each(['cpu', 'wasm'] as const)('centred RMSprop on %s', (backend) => {
  beforeAll(() => useBackend({ prefer: [backend] }))
  afterAll(releaseBackend)

  test.each(options)('never leaves the numbers, with %j', (given) => {
    const tx = rmsprop(1e-3, { centered: true, ...given })
    let params: tf.Tensor = tf.zeros([gradients.length])
    let state = tx.init(params)
    const grads = tf.tensor1d(gradients)
    for (let i = 0; i < 100; i++) {
      const made = step(tx, grads, state, params)
      params = made.params as tf.Tensor
      state = made.state
    }
    expect([...params.dataSync()].every(Number.isFinite)).toBe(true)
  })
})
