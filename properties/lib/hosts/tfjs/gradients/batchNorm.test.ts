import * as tf from '@tensorflow/tfjs-core'
import '../../../../../lib/gradients.ts'
import { expect, it } from 'vitest'
import { dispose, valueAndGrad } from '../../../../../lib/index.ts'
import { describeEngines, testEngines } from '../../../../devices/engines.ts'

const x = [
  [1, 2],
  [3, 5],
  [4, 4],
]
const [mean, variance, scale, offset, eps] = [[0.5, 1], [2, 3], [1.5, -2], [0.25, -0.5], 1e-3] as const

/** ∂/∂x and ∂/∂mean of the sum of y², y = (x − mean)·r·scale + offset, in float64. */
const slopes = (s: readonly number[], o: readonly number[]) => {
  const dx = x.map((row) =>
    row.map((value, c) => {
      const rs = s[c]! / Math.sqrt(variance[c]! + eps)
      return 2 * ((value - mean[c]!) * rs + o[c]!) * rs
    }),
  )
  return { x: dx.flat(), mean: [0, 1].map((c) => -dx.reduce((sum, row) => sum + row[c]!, 0)) }
}

describeEngines(testEngines, () => {
  for (const [name, s, o] of [
    ['neither scale nor offset', undefined, undefined],
    ['offset only', undefined, offset],
    ['scale only', scale, undefined],
    ['both', scale, offset],
  ] as const) {
    it.each([[[2]], [[1, 2]]])(`differentiates with ${name}, mean of shape %j`, async (shape) => {
      const row = (numbers: readonly number[] | undefined) => numbers && tf.tensor([...numbers], shape)
      const params = { x: tf.tensor(x), mean: row(mean) as tf.Tensor }
      const loss = (p: typeof params) =>
        tf.sum(
          tf.square(
            tf.batchNorm(
              p.x,
              p.mean as tf.Tensor1D,
              row(variance) as tf.Tensor1D,
              row(o) as tf.Tensor1D,
              row(s) as tf.Tensor1D,
              eps,
            ),
          ),
        )
      const before = tf.memory().numTensors
      const { value, grads } = valueAndGrad(loss as (p: typeof params) => tf.Scalar)(params)
      const right = slopes(s ?? [1, 1], o ?? [0, 0])
      for (const key of ['x', 'mean'] as const) {
        const found = await (grads as typeof params)[key].data()
        right[key].forEach((number, i) => {
          expect(found[i]).toBeCloseTo(number, 3)
        })
      }
      dispose([value, grads])
      expect(tf.memory().numTensors).toBe(before)
      dispose(params)
    })
  }
})
