import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import '../../../../lib/gradients.ts'
import { ForegradError, hvp } from '../../../../lib/index.ts'
import { describeEngines, testEngines } from '../../../devices/engines.ts'

type P = { w: tf.Tensor; b: tf.Tensor }
const params = (): P => ({ w: tf.tensor1d([0.5, -1.5]), b: tf.scalar(2) })
const v = (): P => ({ w: tf.tensor1d([1, -2]), b: tf.scalar(0.5) })

describeEngines(testEngines, () => {
  test('is the Hessian, times a vector', async () => {
    // Σw³·b + b⁴: by hand, H·v = (6wb·v + 3w²·vb,  Σ3w²·v + 12b²·vb)
    const loss = ({ w, b }: P) =>
      tf.add(tf.mul(tf.sum(tf.mul(w, tf.square(w))), b), tf.square(tf.square(b))) as tf.Scalar
    const before = tf.memory().numTensors
    const [p, x] = [params(), v()]
    const { w, b } = hvp(loss)(p, x)
    const found = [...(await w.data()), ...(await b.data())]
    for (const [i, y] of [6.375, 39.375, 11.25].entries()) expect(Math.abs(found[i]! - y)).toBeLessThanOrEqual(1e-4)
    tf.dispose([p, x, { w, b }])
    expect(tf.memory().numTensors).toBe(before)
  })

  test('is that of a network', async () => {
    // log(1 + e^(w·x)): H = s(1 − s)·x·xᵀ
    const x = tf.tensor1d([1, 2])
    const loss = ({ w }: { w: tf.Tensor }, input: tf.Tensor) => tf.softplus(tf.sum(tf.mul(w, input))) as tf.Scalar
    const found = await hvp(loss)({ w: tf.tensor1d([0.5, -1.5]) }, { w: tf.tensor1d([1, -2]) }, x).w.data()
    const s = 1 / (1 + Math.exp(2.5))
    for (const [i, y] of [1, 2].entries()) expect(Math.abs(found[i]! + 3 * s * (1 - s) * y)).toBeLessThanOrEqual(1e-5)
  })

  test('is 0 where the loss is linear', async () => {
    const { w } = hvp(({ w, b }: P) => tf.add(tf.sum(w), b) as tf.Scalar)(params(), v())
    expect([...(await w.data())].map(Math.abs)).toEqual([0, 0])
  })

  test('refuses a vector of another shape', () => {
    const loss = ({ w, b }: P) => tf.add(tf.sum(w), b) as tf.Scalar
    const call = () => hvp(loss)(params(), { ...v(), w: tf.scalar(1) })
    expect(call).toThrow(/hvp: v\.w: expected \[2\], got \[\]/)
    expect(call).toThrow(ForegradError)
    expect(() => hvp(loss)(params(), { w: tf.scalar(1) } as never)).toThrow(ForegradError)
  })
})
