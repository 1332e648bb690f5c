import type { backend_util, TensorInfo } from '@tensorflow/tfjs-core'
import { disposing, hasSimd, instantiate, type Run, type WasmBackend } from './backend.ts'
import { contraction, type Pairing, stripWidths } from './contraction.ts'
import { type Axis, laidOut } from './laidOut.ts'

export type ConvInfo = backend_util.Conv2DInfo

/** The attributes that tfjs's kernels for the gradients of a convolution share. */
export interface ConvAttrs {
  readonly strides: number | [number, number]
  readonly pad: 'valid' | 'same' | number | backend_util.ExplicitPadding
  readonly dilations?: number | [number, number]
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil'
}

/** The address of the first element, and the bytes from one image, row and column to the next. */
interface Lattice {
  readonly start: number
  readonly image: number
  readonly row: number
  readonly column: number
}

/** One sum of products over all positions of all images, in the words of `contraction`. */
export interface Sum {
  readonly pairing: Pairing
  readonly a: Lattice
  readonly b: Lattice
  readonly c: number
  /** Rows of `c`, its columns, and the bytes from a row of `a` to the next. */
  readonly height: number
  readonly width: number
  readonly aStep: number
}

/** The lattice of images that lie in memory as [batch, height, width, channels], seen every so many rows and columns. */
export const latticeOf = (
  start: number,
  [, height, width, channels]: readonly number[],
  [rowStride, columnStride]: readonly [number, number] = [1, 1],
): Lattice => ({
  start,
  image: 4 * height! * width! * channels!,
  row: 4 * rowStride * width! * channels!,
  column: 4 * columnStride * channels!,
})

/**
 * Hands `body` the images of `x` with so many zeros around them that every window of the convolution lies inside:
 * with no border to watch, the kernel needs no condition.
 */
export const withPadding = <A>(
  backend: WasmBackend,
  x: TensorInfo,
  info: ConvInfo,
  body: (padded: TensorInfo) => A,
): A => {
  const { top, left } = info.padInfo
  const bottom = (info.outHeight - 1) * info.strideHeight + info.effectiveFilterHeight - top - info.inHeight
  const right = (info.outWidth - 1) * info.strideWidth + info.effectiveFilterWidth - left - info.inWidth
  const [below, behind] = [Math.max(0, bottom), Math.max(0, right)]
  if (top + below + left + behind === 0) return body(x)
  const size: [number, number] = [top + info.inHeight + below, left + info.inWidth + behind]
  const [rows, columns] = [top, left].map((start) => ({ start, step: 1 })) as [Axis, Axis]
  return disposing(backend, (use) => body(use(laidOut(backend, x, size, rows, columns))))
}

/**
 * Bytes of `a` and `b` that one call should read: few enough to stay in a core's nearest cache while the tiles of every `c`
 * go over them, enough to make up for reading and writing `c` each time.
 */
const BLOCK_BYTES = 48 * 1024

/** Adds the sums into their `c`. They go over the same positions: blocks of rows outermost, so each finds its block in the cache. */
export const addUp = (backend: WasmBackend, info: ConvInfo, sums: readonly Sum[], simd = hasSimd()): void => {
  const { batchSize, outHeight, outWidth } = info
  const [first] = sums
  if (first === undefined || outWidth === 0) return
  const most = Math.max(1, Math.floor(BLOCK_BYTES / (outWidth * (first.a.column + first.b.column))))
  for (let image = 0; image < batchSize; image++) {
    for (let row = 0; row < outHeight; row += most) {
      const block = { image, row, rows: Math.min(most, outHeight - row), columns: outWidth }
      for (const sum of sums) addBlock(backend, sum, block, simd)
    }
  }
}

interface Block {
  readonly image: number
  readonly row: number
  readonly rows: number
  readonly columns: number
}

const addBlock = (backend: WasmBackend, sum: Sum, { image, row, rows, columns }: Block, simd: boolean): void => {
  const { pairing, a, b, c, height, width, aStep } = sum
  const aStart = a.start + image * a.image + row * a.row
  const bStart = b.start + image * b.image + row * b.row
  let done = 0
  for (const strip of stripWidths(simd)) {
    if (width - done < strip) continue
    const run = kernel(backend, pairing, strip, simd)
    for (; width - done >= strip; done += strip) {
      const skip = 4 * done
      const aStrip = pairing === 'lanes' ? aStart + skip : aStart
      run(aStrip, bStart + skip, c + skip, height, rows, columns, a.row, a.column, b.row, b.column, aStep, 4 * width)
    }
  }
}

const kernel = (backend: WasmBackend, pairing: Pairing, width: number, simd: boolean): Run =>
  instantiate(
    backend,
    { key: `${pairing} ${width}`, bytes: (target) => contraction({ pairing, width, ...target }) },
    simd,
  )
