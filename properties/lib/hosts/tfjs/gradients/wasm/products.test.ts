import '../../../../../../lib/gradients.ts'
import * as tf from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { dots } from '../../../../../../lib/hosts/tfjs/gradients/wasm/dots.ts'
import { expectClose, numbers, on, openBackends } from '../backends.ts'
import { runAtTheEnd } from './memory.ts'

beforeAll(openBackends)

type Batches = readonly [readonly number[], readonly number[]]
const same: Batches = [
  [2, 3],
  [2, 3],
]
const batches: readonly Batches[] = [[[], []], [[3], [3]], same, [[1], [4]], [[3], []], [[], [2]], [[1, 2], [2]]]

const products = fc.record({
  m: fc.integer({ min: 1, max: 19 }),
  k: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(255, 256, 257, 513)),
  n: fc.integer({ min: 1, max: 19 }),
  batch: fc.constantFrom(...batches),
  transposeA: fc.boolean(),
  transposeB: fc.boolean(),
})

test('a product is the same on wasm as on cpu, however it is transposed, batched and spread', async () => {
  await fc.assert(
    fc.asyncProperty(products, async ({ m, k, n, batch: [outerA, outerB], transposeA, transposeB }) => {
      const product = () => {
        const a = numbers(1, [...outerA, ...(transposeA ? [k, m] : [m, k])])
        const b = numbers(2, [...outerB, ...(transposeB ? [n, k] : [k, n])])
        const y = tf.matMul(a, b, transposeA, transposeB)
        return [y, tf.tensor1d(y.shape)]
      }
      expectClose(await on('wasm', product), await on('cpu', product))
    }),
    { numRuns: 200 },
  )
})

test('transposed products and many at once are run by a kernel of our own, single ones by that of tfjs', async () => {
  await tf.setBackend('wasm')
  const [a, b, many] = [tf.ones([3, 4]), tf.ones([4, 5]), tf.ones([2, 4, 5])]
  const kernelsOf = async (f: () => tf.Tensor) => (await tf.profile(f)).kernelNames
  expect(await kernelsOf(() => tf.matMul(a, b))).toContain('BatchMatMul')
  expect(await kernelsOf(() => tf.matMul(a, tf.ones([5, 4]), false, true))).toContain('ForegradBatchMatMul')
  expect(await kernelsOf(() => tf.matMul(tf.ones([4, 3]), b, true))).toContain('ForegradBatchMatMul')
  expect(await kernelsOf(() => tf.matMul(tf.ones([2, 3, 4]), many))).toContain('ForegradBatchMatMul')
  expect(await kernelsOf(() => tf.matMul(tf.ones([4, 3]), tf.ones([5, 4]), true, true))).toContain(
    'ForegradBatchMatMul',
  )
})

test('in training single products, too, are run by a kernel of our own, forth and back', async () => {
  await tf.setBackend('wasm')
  const slope = tf.grad((w: tf.Tensor) => tf.matMul(tf.ones([3, 4]), w))
  const { kernelNames } = await tf.profile(() => slope(tf.ones([4, 5])))
  expect(kernelNames.filter((name) => name.includes('MatMul'))).toEqual(['ForegradBatchMatMul'])
  const back = tf.grad((w: tf.Tensor) => tf.matMul(tf.ones([3, 4]), w, false, true))
  expect((await tf.profile(() => back(tf.ones([5, 4])))).kernelNames).not.toContain('BatchMatMul')
})

test('sizes that do not meet are what tfjs says of them', async () => {
  await tf.setBackend('wasm')
  expect(() => tf.matMul(tf.ones([3, 4]), tf.ones([3, 4]), false, false)).toThrow('inner shapes (4) and (3)')
  expect(() => tf.matMul(tf.ones([3, 4]), tf.ones([3, 5]), false, true)).toThrow('inner shapes (4) and (5)')
})

describe.each([0, 1, 2, 3])('the kernel of rows of %i more than fours', (rest) => {
  test('adds up the products, and touches nothing else', () => {
    const sizes = fc.record({ m: fc.nat(9), n: fc.nat(7), fours: fc.nat(3) })
    fc.assert(
      fc.property(sizes, fc.constantFrom('a' as const, 'b' as const, 'c' as const), ({ m, n, fours }, last) => {
        const k = 4 * fours + rest
        const a = Array.from({ length: m * k }, (_, i) => ((i * 5) % 11) - 4)
        const b = Array.from({ length: n * k }, (_, i) => ((i * 3) % 7) - 2)
        const arrays = { a, b, c: new Array<number>(m * n).fill(9) }
        const found = runAtTheEnd(dots({ rest, shared: false }), arrays, last, (at) => [at.a, at.b, at.c, m, n, k])
        const right = arrays.c.map((_, cell) => {
          const [i, j] = [Math.floor(cell / n), cell % n]
          return a.slice(i * k, (i + 1) * k).reduce((sum, number, l) => sum + number * b[j * k + l]!, 0)
        })
        expect(found).toEqual({ a, b, c: right })
      }),
      { numRuns: 150 },
    )
  })
  test('is small enough for a browser to compile at once', () => {
    expect(dots({ rest, shared: true }).length).toBeLessThan(4096)
  })
})
