import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import '../../../lib/gradients.ts'
import { ForegradError } from '../../../lib/index.ts'
import { safeNorm, safeRootMeanSquares, scaleGradient, treeAllclose } from '../../../lib/tree.ts'
import { describeEngines, testEngines } from '../../devices/engines.ts'

const valueAndGrad = async (f: (x: tf.Tensor) => tf.Tensor, x: number[]): Promise<number[]> => {
  const { value, grad } = tf.valueAndGrad(f)(tf.tensor1d(x))
  return [...(await value.data()), ...(await grad.data())]
}
const near = (found: readonly number[], want: readonly number[]): void => {
  expect(found.length).toBe(want.length)
  for (const [i, x] of want.entries()) expect(Math.abs(found[i]! - x)).toBeLessThanOrEqual(1e-6)
}

describeEngines(testEngines, () => {
  test('a norm above its floor is itself, one below is the floor without a gradient', async () => {
    near(await valueAndGrad((x) => safeNorm(x, 1), [3, 4]), [5, 0.6, 0.8])
    near(await valueAndGrad((x) => safeNorm(x, 1), [0.3, 0.4]), [1, 0, 0])
    near(await valueAndGrad((x) => safeNorm(x, 0), [0, 0]), [0, 0, 0])
    near(await valueAndGrad((x) => safeRootMeanSquares(x, 1), [3, 4, 0, 0]), [2.5, 0.3, 0.4, 0, 0])
    near(await valueAndGrad((x) => safeRootMeanSquares(x, 0.5), [0, 0]), [0.5, 0, 0])
  })

  test('a scaled gradient passes the numbers themselves', async () => {
    const inTree = (x: tf.Tensor) => tf.sum(tf.square((scaleGradient({ x }, -0.25) as { x: tf.Tensor }).x))
    near(await valueAndGrad(inTree, [3, 0.1]), [9.01, -1.5, -0.05])
  })

  test('close is what jnp.allclose says', async () => {
    const close = async (a: number[], b: number[], options = {}): Promise<number> =>
      (
        await treeAllclose(
          { w: tf.tensor1d(a), s: tf.scalar(1) },
          { w: tf.tensor1d(b), s: tf.scalar(1) },
          options,
        ).data()
      )[0]!
    expect(await close([1, 2], [1, 2])).toBe(1)
    expect(await close([1, 2], [1, 2.1])).toBe(0)
    expect(await close([1, 2], [1, 2.1], { rtol: 0.1 })).toBe(1)
    expect(await close([0], [0.5], { atol: 0.5 })).toBe(1)
    expect(await close([Number.POSITIVE_INFINITY], [Number.POSITIVE_INFINITY])).toBe(1)
    expect(await close([1], [Number.POSITIVE_INFINITY])).toBe(0)
    expect(await close([Number.NEGATIVE_INFINITY], [Number.POSITIVE_INFINITY])).toBe(0)
    expect(await close([Number.NaN], [Number.NaN])).toBe(0)
    expect(await close([Number.NaN, 1], [Number.NaN, 1], { equalNan: true })).toBe(1)
    expect(await close([Number.NaN], [1], { equalNan: true })).toBe(0)
    expect((await treeAllclose({}, {}).data())[0]).toBe(1)
  })

  test('nothing is left behind', () => {
    const x = tf.tensor1d([3, 4])
    const before = tf.memory().numTensors
    for (const found of [safeNorm(x, 1), safeRootMeanSquares(x, 1), treeAllclose(x, x), scaleGradient(x, 2)])
      tf.dispose(found as tf.Tensor)
    expect(tf.memory().numTensors).toBe(before)
    x.dispose()
  })

  test.each<[string, () => unknown, RegExp]>([
    ['a floor below 0', () => safeNorm(tf.scalar(1), -1), /safeNorm: minNorm: expected a number from 0 up/],
    ['no floor', () => safeRootMeanSquares(tf.scalar(1), undefined as never), /minRms/],
    ['a factor that is no number', () => scaleGradient(tf.scalar(1), Number.NaN), /factor: expected a finite number/],
    ['an unknown option', () => treeAllclose(1 as never, 1 as never, { tol: 1 } as never), /tol/],
    ['no tensor', () => safeNorm(3 as never, 1), /a leaf: expected a tensor/],
  ])('refuses %s', (_, call, message) => {
    expect(call).toThrow(message)
    expect(call).toThrow(ForegradError)
  })
})
