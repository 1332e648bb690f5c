import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import '../../../../lib/gradients.ts'
import { beforeAll, describe, expect, it } from 'vitest'
import { ForegradError, valueAndGrad } from '../../../../lib/index.ts'

describe('valueAndGrad', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu')
  })

  it('gives every leaf its gradient, and 0 to one that the loss does not use', () => {
    const params = { w: tf.tensor1d([1, -2]), unused: tf.ones([2, 2]) }
    const { value, grads } = valueAndGrad(({ w }: typeof params) => tf.sum(tf.square(w)) as tf.Scalar)(params)
    expect(value.dataSync()[0]).toBe(5)
    expect([...(grads as typeof params).w.dataSync()]).toEqual([2, -4])
    expect([...(grads as typeof params).unused.dataSync()]).toEqual([0, 0, 0, 0])
  })

  it('gives a value of its own for a loss that returns one of the parameters', () => {
    const params = { w: tf.scalar(3) }
    const { value, grads } = valueAndGrad(({ w }: typeof params) => w)(params)
    value.dispose()
    expect(params.w.isDisposed).toBe(false)
    expect((grads as typeof params).w.dataSync()[0]).toBe(1)
  })

  it('keeps nothing but the value and the gradients', () => {
    const params = [tf.ones([3])]
    const before = tf.memory().numTensors
    const { value, grads } = valueAndGrad(([w]: tf.Tensor[]) => tf.mean(tf.square(w as tf.Tensor)) as tf.Scalar)(params)
    expect(tf.memory().numTensors - before).toBe(2)
    tf.dispose([value, ...(grads as tf.Tensor[])])
    expect(tf.memory().numTensors).toBe(before)
  })

  it('gives a handle of its own for a gradient that somebody holds, and for one that stands twice', () => {
    const held = tf.tensor1d([1, 2])
    const withHeld = tf.customGrad((a, b) => ({
      value: tf.sum(tf.add(a as tf.Tensor, b as tf.Tensor)) as tf.Scalar,
      gradFunc: () => [held, held],
    }))
    const params = [tf.ones([2]), tf.ones([2])] as [tf.Tensor, tf.Tensor]
    const { value, grads } = valueAndGrad(([a, b]: [tf.Tensor, tf.Tensor]) => withHeld(a, b) as tf.Scalar)(params)
    const [a, b] = grads as [tf.Tensor, tf.Tensor]
    expect(new Set([held, a, b]).size).toBe(3)
    tf.dispose([value, a, b])
    expect([...held.dataSync()]).toEqual([1, 2])
  })

  it('refuses a loss that is no scalar', () => {
    const call = () => valueAndGrad(([w]: tf.Tensor[]) => w as tf.Scalar)([tf.ones([3])])
    expect(call).toThrow(ForegradError)
    expect(call).toThrow('valueAndGrad: loss: expected a scalar tensor, got a tensor of shape [3].')
  })
})
