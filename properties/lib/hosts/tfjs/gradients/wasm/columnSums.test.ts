import '../../../../../../lib/gradients.ts'
import * as tf from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { columnSums, columnsOf } from '../../../../../../lib/hosts/tfjs/gradients/wasm/columnSums.ts'
import { expectClose, numbers, on, openBackends } from '../backends.ts'
import { runAtTheEnd } from './memory.ts'

beforeAll(openBackends)

const sums = fc
  .record({
    shape: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
    ends: fc.tuple(fc.nat(3), fc.nat(3)),
    keepDims: fc.boolean(),
    wide: fc.integer({ min: 1, max: 40 }),
  })
  .map(({ shape, ends, keepDims, wide }) => {
    const [first, last] = [...ends].map((end) => end % shape.length).sort((a, b) => a - b) as [number, number]
    const axes = Array.from({ length: last - first + 1 }, (_, n) => last - n)
    return { shape: [...shape.slice(0, -1), wide], axes, keepDims }
  })

test.each([
  { name: 'sum', op: tf.sum },
  { name: 'mean', op: tf.mean },
])('$name over any axes is the same on wasm as on cpu, its gradient, too', async ({ op }) => {
  await fc.assert(
    fc.asyncProperty(sums, async ({ shape, axes, keepDims }) => {
      const f = (x: tf.Tensor) => op(x, axes, keepDims)
      const both = () => {
        const x = numbers(3, shape)
        const y = f(x)
        return [y, tf.tensor1d([...y.shape, -1]), tf.grad(f)(x, numbers(4, y.shape))]
      }
      expectClose(await on('wasm', both), await on('cpu', both))
    }),
  )
})

test('sums and means over axes that lie apart or side by side can be differentiated twice', async () => {
  const chosen = fc.subarray([0, 1, 2], { minLength: 1 })
  const sizes = fc.tuple(...[0, 1, 2].map(() => fc.integer({ min: 1, max: 6 })))
  await fc.assert(
    fc.asyncProperty(sizes, chosen, async (shape, axes) => {
      const f = (x: tf.Tensor) => tf.sum(tf.pow(tf.add(tf.mean(x, axes), tf.square(tf.sum(x, axes))), 2))
      const slope = tf.grad(f)
      const both = () => {
        const x = tf.mul(numbers(5, shape), 0.3)
        return [slope(x), tf.grad((x: tf.Tensor) => tf.sum(tf.square(slope(x))))(x)]
      }
      expectClose(await on('wasm', both), await on('cpu', both), 1e-4)
    }),
  )
})

test('sums of rows are run by a kernel of our own, others and whole numbers by that of tfjs', async () => {
  await tf.setBackend('wasm')
  const kernelsOf = async (f: () => tf.Tensor) => (await tf.profile(f)).kernelNames
  expect(await kernelsOf(() => tf.sum(tf.ones([4, 5]), 0))).toContain('ForegradColumnSum')
  expect(await kernelsOf(() => tf.mean(tf.ones([2, 4, 5]), [0, 1]))).toContain('ForegradColumnMean')
  expect(await kernelsOf(() => tf.sum(tf.ones([4, 5]), 1))).toContain('Sum')
  expect(await kernelsOf(() => tf.sum(tf.ones([4, 5], 'int32'), 0))).toContain('Sum')
  expect(columnsOf([2, 3, 4], [0, 2])).toBeUndefined()
  expect(columnsOf([0, 3], [0])).toBeUndefined()
})

describe('the kernel', () => {
  test('adds in the order of the rows, and touches nothing else', () => {
    const shapes = fc.record({ rows: fc.integer({ min: 1, max: 6 }), columns: fc.integer({ min: 1, max: 45 }) })
    fc.assert(
      fc.property(shapes, fc.constantFrom('x' as const, 'out' as const), ({ rows, columns }, last) => {
        const x = Array.from({ length: rows * columns }, (_, n) => Math.fround(Math.sin(7 * n)))
        const arrays = { x, out: new Array<number>(columns).fill(5) }
        const found = runAtTheEnd(columnSums({ shared: false }), arrays, last, (at) => [at.x, at.out, rows, columns])
        const right = arrays.out.map((_, c) => {
          let sum = 0
          for (let r = 0; r < rows; r++) sum = Math.fround(sum + x[r * columns + c]!)
          return sum
        })
        expect(found).toEqual({ x, out: right })
      }),
      { numRuns: 200 },
    )
  })
})
