import '../../../../../../lib/gradients.ts'
import * as tf from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { expectClose, numbers, on, openBackends } from '../backends.ts'

beforeAll(openBackends)

const shapes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 4 })

test('the gradient of relu is dy where x is positive, of any size, and can be differentiated again', async () => {
  await fc.assert(
    fc.asyncProperty(shapes, async (shape) => {
      const twice = () => {
        const cube = (x: tf.Tensor) => tf.sum(tf.mul(tf.relu(x), tf.mul(tf.relu(x), tf.relu(x))))
        const slope = tf.grad(cube)
        return [slope(numbers(1, shape)), tf.grad((x: tf.Tensor) => tf.sum(slope(x)))(numbers(1, shape))]
      }
      expectClose(await on('wasm', twice), await on('cpu', twice))
    }),
  )
  const special = () => tf.grad(tf.relu as never)(tf.tensor1d([Number.NaN, -0, 0, 1e-45, Number.POSITIVE_INFINITY]))
  expect(await on('wasm', special)).toEqual([Number.NaN, 0, 0, 1, 1])
  const infinite = () =>
    tf.grad(tf.relu as never)(tf.tensor1d([-1, 1]), tf.tensor1d([2, 3].map(() => Number.POSITIVE_INFINITY)))
  expect(await on('wasm', infinite)).toEqual([0, Number.POSITIVE_INFINITY])
})

test('slices along any axis are the same on wasm as on cpu, and so is their gradient', async () => {
  await fc.assert(
    fc.asyncProperty(shapes, fc.nat(7), async (shape, at) => {
      const axis = (at % (2 * shape.length)) - shape.length
      const f = (x: tf.Tensor) => tf.unstack(x, axis).reduce((sum, slice, n) => tf.add(sum, tf.mul(slice, n + 1)))
      const both = () => {
        const x = numbers(2, shape)
        return [...tf.unstack(x, axis), tf.grad((x: tf.Tensor) => tf.sum(tf.square(f(x))))(x)]
      }
      expectClose(await on('wasm', both), await on('cpu', both))
    }),
  )
})

test('pieces along any axis are the same on wasm as on cpu, and so is their gradient', async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(shapes, fc.nat(7), sizes, fc.boolean(), async (shape, at, sizes, open) => {
      const axis = (at % (2 * shape.length)) - shape.length
      const own = axis < 0 ? axis + shape.length : axis
      const whole = shape.map((size, n) => (n === own ? sizes.reduce((a, b) => a + b) : size))
      // tfjs counts a −1 that stands first as one of the sizes that it adds up.
      const asked = open && sizes.length > 1 ? [...sizes.slice(0, -1), -1] : sizes
      const f = (x: tf.Tensor) => tf.split(x, [...asked], axis).map((piece, n) => tf.mul(tf.square(piece), n + 1))
      const both = () => {
        const x = numbers(2, whole)
        return [...f(x), tf.grad((x: tf.Tensor) => f(x).reduce((sum, y) => tf.add(sum, tf.sum(y)), tf.scalar(0)))(x)]
      }
      expectClose(await on('wasm', both), await on('cpu', both))
    }),
  )
})

test('rows of a table are the same on wasm as on cpu, by indices of any shape, and an index that is none is told', async () => {
  const gathers = fc.record({ at: shapes, inner: fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 2 }) })
  await fc.assert(
    fc.asyncProperty(gathers, async ({ at, inner }) => {
      const both = () => {
        const indices = tf.randomUniform(at, 0, 6, 'int32', 3)
        const f = (x: tf.Tensor) => tf.square(tf.gather(x, indices as tf.Tensor1D))
        const x = numbers(4, [6, ...inner])
        return [f(x), tf.tensor1d(f(x).shape), tf.grad(f)(x)]
      }
      expectClose(await on('wasm', both), await on('cpu', both))
    }),
  )
  await tf.setBackend('wasm')
  for (const index of [-1, 6]) {
    expect(() => tf.gather(tf.ones([6, 2]), tf.tensor1d([0, index], 'int32'))).toThrow(
      `value ${index} is not in [0, 5]`,
    )
  }
})
