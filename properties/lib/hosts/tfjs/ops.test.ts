import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, test } from 'vitest'
import '../../../../lib/gradients.ts'
import { tensorOps } from '../../../../lib/hosts/tfjs/ops.ts'
import { dispose, scaleByLbfgs, treeLeaves } from '../../../../lib/index.ts'
import { describeEngines, testEngines } from '../../../devices/engines.ts'

const numbersOf = async (x: tf.Tensor) => ({ shape: x.shape, numbers: [...(await x.data())] })

describeEngines(testEngines, () => {
  test('sums and products over no elements are 0', async () => {
    const empty = tf.zeros([2, 0])
    expect(await numbersOf(tensorOps.sum(empty, [0, 1]))).toEqual({ shape: [], numbers: [0] })
    expect(await numbersOf(tensorOps.sum(empty, [1], true))).toEqual({ shape: [2, 1], numbers: [0, 0] })
    expect(await numbersOf(tensorOps.matMul(empty, tf.zeros([0, 3])))).toEqual({
      shape: [2, 3],
      numbers: Array(6).fill(0),
    })
  })

  test('a sum of more tensors than a kernel can bind', async () => {
    const xs = Array.from({ length: 30 }, (_, i) => tf.tensor1d([i, 2 * i]))
    expect(await numbersOf(tf.addN(xs))).toEqual({ shape: [2], numbers: [435, 870] })
  })

  test('updates that a stage also keeps in its state are given back alone', async () => {
    const tx = scaleByLbfgs({ scaleInitPrecond: false })
    const [params, grads] = [
      { w: tf.tensor1d([1, 2]), none: tf.zeros([0]) },
      { w: tf.tensor1d([3, 4]), none: tf.zeros([0]) },
    ]
    const [updates, state] = tx.update(grads, tx.init(params), params)
    dispose(updates)
    expect(treeLeaves<tf.Tensor>(state as never).every((leaf) => typeof leaf === 'number' || !leaf.isDisposed)).toBe(
      true,
    )
    expect([...(await (state.updates as typeof params).w.data())]).toEqual([3, 4])
  })
})

describe('numbers of a tensor, at once', () => {
  test('are told to be out of reach by name', () => {
    const gone = {
      dataSync: () => {
        throw new Error('no canvas')
      },
    } as unknown as tf.Tensor
    expect(() => tensorOps.read(gone)).toThrow(/expected a backend that can be read at once/)
  })
})
