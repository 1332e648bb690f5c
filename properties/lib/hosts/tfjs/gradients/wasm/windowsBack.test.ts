/** The gradient of a convolution's input, window by window. */
import '../../../../../../lib/gradients.ts'
import * as tf from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { addedRows } from '../../../../../../lib/hosts/tfjs/gradients/wasm/addedRows.ts'
import { byLoop, goesByWindows } from '../../../../../../lib/hosts/tfjs/gradients/wasm/windowsBack.ts'
import { expectClose, numbers, on, openBackends } from '../backends.ts'
import { runAtTheEnd } from './memory.ts'

beforeAll(openBackends)

const upTo = (max: number) => fc.integer({ min: 1, max })
const convolutions = fc
  .record({
    image: fc.tuple(upTo(2), upTo(9), upTo(9), upTo(7)),
    filter: fc.tuple(upTo(4), upTo(4), upTo(6)),
    strides: fc.tuple(upTo(3), upTo(3)),
    pad: fc.constantFrom<'valid' | 'same' | 1 | 2>('valid', 'same', 1, 2),
  })
  .map(({ image, filter: [height, width, out], strides: [down, across], pad }) => {
    // tfjs reads a padding of one number for square windows and strides only.
    const square = typeof pad === 'number'
    const filter: [number, number, number, number] = [height, square ? height : width, image[3], out]
    const strides: [number, number] = [down, square ? down : across]
    const rounding = square ? ('floor' as const) : undefined
    const info = tf.backend_util.computeConv2DInfo(image, filter, strides, 1, pad, rounding)
    return { image, filter, strides, pad, rounding, info }
  })
  .filter(({ info: { outShape, padInfo, filterHeight, filterWidth } }) => {
    // A window beside its image is refused by one backend or the other.
    return outShape.every((size) => size > 0) && padInfo.top < filterHeight && padInfo.left < filterWidth
  })

test('is the same on wasm as on cpu, for any window, stride and padding', async () => {
  let byWindows = 0
  await fc.assert(
    fc.asyncProperty(convolutions, async ({ image, filter, strides, pad, rounding, info }) => {
      if (goesByWindows(info)) byWindows++
      const gradient = () => {
        const conv = (x: tf.Tensor) =>
          tf.conv2d(x as tf.Tensor4D, numbers(7, filter) as tf.Tensor4D, strides, pad, 'NHWC', 1, rounding)
        const x = numbers(5, image)
        return tf.grad(conv)(x, numbers(6, conv(x).shape))
      }
      const before = tf.memory().numTensors
      expectClose(await on('wasm', gradient), await on('cpu', gradient))
      expect(tf.memory().numTensors).toBe(before)
    }),
    { numRuns: 200 },
  )
  expect(byWindows).toBeGreaterThan(50)
})

test('takes turns with the other way: strides or one channel, no dilation, and not too many numbers', () => {
  const infoOf = (image: [number, number, number, number], stride: number, dilation = 1) =>
    tf.backend_util.computeConv2DInfo(image, [3, 3, image[3], 8], stride, dilation, 'same')
  expect(goesByWindows(infoOf([1, 8, 8, 4], 1))).toBe(false)
  expect(goesByWindows(infoOf([1, 8, 8, 1], 1))).toBe(true)
  expect(goesByWindows(infoOf([1, 8, 8, 4], 2))).toBe(true)
  expect(goesByWindows(infoOf([1, 8, 8, 1], 1, 2))).toBe(false)
  expect(goesByWindows(infoOf([64, 256, 256, 16], 2))).toBe(false)
})

const image = (width: number, channels: number, taps: number, stride: number) =>
  tf.backend_util.computeConv2DInfo([1, 6, width, channels], [taps, taps, channels, 1], stride, 1, 'same')

describe('the kernel that adds rows', () => {
  const cases = fc.record({
    ...{
      windows: upTo(3),
      rows: upTo(3),
      width: upTo(9),
      skip: fc.nat(3),
      last: fc.constantFrom('x' as const, 'y' as const),
    },
  })
  test('adds as a plain loop does, where rows overlap, too, and touches nothing else', () => {
    fc.assert(
      fc.property(cases, ({ windows, rows, width, skip, last }) => {
        const [yRow, yWindow, xRow, xWindow] = [width + skip, Math.max(1, skip), width, rows * width]
        const array = (size: number, step: number) => Array.from({ length: size }, (_, n) => ((n * step) % 5) - 2)
        const x = array(windows * xWindow, 3)
        const y = array((windows - 1) * yWindow + (rows - 1) * yRow + width, 7)
        const expected = [...y]
        for (let window = 0; window < windows; window++)
          for (let row = 0; row < rows; row++)
            for (let n = 0; n < width; n++)
              expected[window * yWindow + row * yRow + n]! += x[window * xWindow + row * xRow + n]!
        const steps = [yWindow, xWindow, yRow, xRow].map((numbers) => 4 * numbers)
        const bytes = addedRows({ rest: width % 4, shared: false })
        const found = runAtTheEnd(bytes, { x, y }, last, (at) => [at.y, at.x, windows, rows, width >> 2, ...steps])
        expect(found.y).toEqual(expected)
        expect(found.x).toEqual(x)
      }),
      { numRuns: 200 },
    )
  })

  test('has a loop beside it for runtimes without vectors', () => {
    const info = image(5, 2, 3, 2)
    const positions = info.outHeight * info.outWidth
    const dx = new Float32Array(6 * 5 * 2)
    byLoop(info, 18, new Float32Array(positions * 18).fill(1), dx)
    // One for every window that holds a place: of 6 rows by 2 with one row below, of 5 columns by 2 with one on each side.
    const [rows, columns] = [
      [1, 1, 2, 1, 2, 1],
      [1, 2, 1, 2, 1],
    ] as const
    expect([...dx]).toEqual(rows.flatMap((row) => columns.flatMap((column) => [row * column, row * column])))
  })
})
