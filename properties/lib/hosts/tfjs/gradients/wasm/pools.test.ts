import '../../../../../../lib/gradients.ts'
import * as tf from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { byLoop } from '../../../../../../lib/hosts/tfjs/gradients/wasm/poolGradients.ts'
import { type Pooling, poolKernel } from '../../../../../../lib/hosts/tfjs/gradients/wasm/pools.ts'
import { eachWindowRun, poolInfo } from '../../../../../../lib/hosts/tfjs/gradients/wasm/windows.ts'
import { expectClose, numbers, on, openBackends } from '../backends.ts'
import { runAtTheEnd } from './memory.ts'

beforeAll(openBackends)

const upTo = (max: number) => fc.integer({ min: 1, max })
const pools = fc
  .record({
    image: fc.tuple(upTo(2), upTo(9), upTo(9), upTo(9)),
    window: fc.tuple(upTo(4), upTo(4)),
    strides: fc.tuple(upTo(3), upTo(3)),
    pad: fc.constantFrom<'valid' | 'same' | 1 | 2>('valid', 'same', 1, 2),
    kind: fc.constantFrom('normal', 'ties', 'negative'),
  })
  .map(({ window, strides, pad, ...rest }) => {
    // tfjs reads a padding of one number for square windows only.
    const square = ([height, width]: [number, number]): [number, number] =>
      typeof pad === 'number' ? [height, height] : [height, width]
    return { ...rest, pad, attrs: { filterSize: square(window), strides: square(strides), pad } }
  })
  .filter(({ image, attrs }) => {
    const { outShape, padInfo, filterHeight } = poolInfo({ shape: image }, attrs)
    // A window beside its image is refused by one backend or the other.
    return outShape.every((size) => size > 0) && Math.max(padInfo.top, padInfo.left) < filterHeight
  })

const inputOf = (kind: string, shape: readonly number[]): tf.Tensor4D => {
  const x = numbers(5, shape)
  return (kind === 'normal' ? x : kind === 'ties' ? tf.round(x) : tf.sub(tf.round(x), 9)) as tf.Tensor4D
}

describe.each([
  { name: 'max', op: tf.maxPool },
  { name: 'average', op: tf.avgPool },
])('the gradient of $name pooling', ({ op }) => {
  test('is the same on wasm as on cpu, for any window, stride and padding, with ties and below zero', async () => {
    await fc.assert(
      fc.asyncProperty(pools, async ({ image, kind, attrs: { filterSize, strides, pad } }) => {
        const gradient = () => {
          const rounding = typeof pad === 'number' ? 'floor' : undefined
          const pool = (x: tf.Tensor) => op(x as tf.Tensor4D, filterSize, strides, pad, rounding)
          const x = inputOf(kind, image)
          return tf.grad(pool)(x, numbers(6, pool(x).shape))
        }
        expectClose(await on('wasm', gradient), await on('cpu', gradient))
      }),
      { numRuns: 200 },
    )
  })
})

describe.each([
  { pooling: 'max' as Pooling, many: false },
  { pooling: 'max' as Pooling, many: true },
  { pooling: 'mean' as Pooling, many: false },
])('the kernel of $pooling, of many places: $many', ({ pooling, many }) => {
  test('gives dy back as a plain loop does, and touches nothing else', () => {
    fc.assert(
      fc.property(pools, fc.constantFrom('x' as const, 'dy' as const, 'dx' as const), ({ image, attrs }, last) => {
        const info = poolInfo({ shape: image }, attrs)
        const [batch, height, width, channels] = image
        const array = (size: number, step: number) => Array.from({ length: size }, (_, n) => ((n * step) % 5) - 3)
        const size = batch * height * width * channels
        const dy = array(batch * info.outHeight * info.outWidth * channels, 3)
        const arrays = { x: array(size, 7), dy, dx: new Array<number>(size).fill(0) }
        const loop = { x: new Float32Array(arrays.x), dy: new Float32Array(dy), dx: new Float32Array(size) }
        byLoop(pooling, info, loop)
        const bytes = poolKernel({ pooling, rest: channels % 4, many, shared: false })
        let dx = arrays.dx
        eachWindowRun(info, ({ from, to, windows, rows, columns }) => {
          const column = 4 * channels
          const sizes = [windows, info.strideWidth * column, rows, columns, width * column, column, channels >> 2]
          const place = ({ x, dy, dx }: Record<'x' | 'dy' | 'dx', number>) => [x + 4 * from, dy + 4 * to, dx + 4 * from]
          const found = runAtTheEnd(bytes, { ...arrays, dx }, last, (at) => [...place(at), ...sizes])
          dx = found.dx
        })
        expectClose(dx, [...loop.dx])
      }),
      { numRuns: 100 },
    )
  })
  test.each([0, 1, 2, 3])('is small enough for a browser to compile at once, with %i channels more', (rest) => {
    expect(poolKernel({ pooling, rest, many, shared: true }).length).toBeLessThan(4096)
  })
})

test('a window that begins with NaN gives to it, one that holds it later does not', async () => {
  const gradient = () => {
    const x = tf.tensor4d([Number.NaN, 3, 1, 2, 1, Number.NaN, 5, 2], [1, 2, 4, 1])
    return tf.grad((x: tf.Tensor) => tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid'))(x, tf.tensor4d([7, 9], [1, 1, 2, 1]))
  }
  expect(await on('wasm', gradient)).toEqual([7, 0, 0, 0, 0, 0, 9, 0])
})
