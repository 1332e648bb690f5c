import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adamw, dispose, releaseBackend, scale, step, useBackend } from '../../../lib/index.ts'
import { tensorDomain } from '../../../lib/run/domain.ts'
import { runForm } from '../../../lib/run/runForm.ts'

describe('donate on wasm', () => {
  beforeAll(async () => {
    await useBackend({ prefer: ['wasm'] })
  })
  afterAll(releaseBackend)

  const stepped = (build: (w: tf.Tensor) => tf.Tensor, w: tf.Tensor) => {
    const tx = scale(1)
    const before = tf.tidy(() => build(w).dataSync())
    const { params } = step(tx, [tf.onesLike(w)], tx.init([w]), [w], { donate: true })
    const [moved] = params as [tf.Tensor]
    const again = tf.tidy(() => build(moved).dataSync())
    const fresh = tf.tidy(() => build(tf.tensor(moved.dataSync(), moved.shape)).dataSync())
    dispose(params)
    return { before, again, fresh }
  }

  it('a matrix product sees the weights that a step wrote in place', () => {
    const { before, again, fresh } = stepped((w) => tf.matMul(tf.ones([4, 2]), w as tf.Tensor2D), tf.ones([2, 3]))
    expect(again).not.toEqual(before)
    expect(again).toEqual(fresh)
  })

  it('a matrix product sees the place that was written over a gradient', () => {
    const tx = adamw(0.5, { predictSteps: 1 })
    const params = [tf.ones([2, 3])]
    const grads = [tf.ones([2, 3])]
    const product = ([w]: tf.Tensor[]) => tf.tidy(() => tf.matMul(tf.ones([4, 2]), w as tf.Tensor2D).dataSync())
    const before = product(grads)
    const made = runForm(tx.form, 'lookahead', { grads, params, state: tx.init(params), spend: true }, tensorDomain)
    const [ahead] = made.ahead as [tf.Tensor2D]
    expect(ahead).toBe(grads[0])
    expect(product([ahead])).not.toEqual(before)
    expect(product([ahead])).toEqual(product([tf.tensor2d(ahead.dataSync(), [2, 3])]))
  })

  it('a convolution sees the weights that a step wrote in place', () => {
    const image = () => tf.ones([1, 6, 6, 2]) as tf.Tensor4D
    const { before, again, fresh } = stepped(
      (w) => tf.conv2d(image(), w as tf.Tensor4D, 1, 'same'),
      tf.ones([3, 3, 2, 4]),
    )
    expect(again).not.toEqual(before)
    expect(again).toEqual(fresh)
  })
})
