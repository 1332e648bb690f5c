import type { TensorInfo } from '@tensorflow/tfjs-core'
import { addedRows } from './addedRows.ts'
import {
  addressOf,
  cellsOf,
  disposing,
  hasSimd,
  instantiate,
  runInside,
  sizeOf,
  type WasmBackend,
  zeros,
} from './backend.ts'
import type { ConvInfo } from './convolution.ts'
import { eachWindowRun, type WindowRun } from './windows.ts'

/** Numbers of all windows together, above which they would take too much memory: 64 MiB. */
const MOST_NUMBERS = 2 ** 24

/**
 * True where a convolution's input gradient is quicker window by window: with strides, since the other way multiplies by the zeros between,
 * and of one channel, since a kernel of tfjs's fills its vectors with channels.
 */
export const goesByWindows = ({ batchSize, outHeight, outWidth, ...info }: ConvInfo): boolean =>
  info.dilationHeight * info.dilationWidth === 1 &&
  (info.strideHeight * info.strideWidth > 1 || info.inChannels === 1) &&
  batchSize * outHeight * outWidth * info.filterHeight * info.filterWidth * info.inChannels <= MOST_NUMBERS

/**
 * The gradient of a convolution's input: one product says what every window gives back, and what windows share is added up.
 *
 *     y[b, p, q, r, c, i] = Σ_o dy[b, p, q, o] · filter[r, c, i, o]
 *     dx[b, p·stride + r − top, q·stride + c − left, i] = Σ y[b, p, q, r, c, i]
 *
 * Shapes: dy [batch, outHeight, outWidth, out], filter [filterHeight, filterWidth, in, out], result [batch, height, width, in].
 */
export const windowsBack = (backend: WasmBackend, dy: TensorInfo, filter: TensorInfo, info: ConvInfo): TensorInfo =>
  disposing(backend, (use) => {
    const { outChannels } = info
    const taps = sizeOf(filter.shape) / outChannels
    const positions = sizeOf(dy.shape) / outChannels
    const turned = use(
      runInside(backend, 'Transpose', { x: { ...filter, shape: [taps, outChannels] } }, { perm: [1, 0] }),
    )
    const a = { ...dy, shape: [1, positions, outChannels] }
    const b = { ...turned, shape: [1, outChannels, taps] }
    const y = use(runInside(backend, 'BatchMatMul', { a, b }, { transposeA: false, transposeB: false }))
    const dx = zeros(backend, info.inShape, 'float32')
    // Rows shorter than two vectors are quicker one by one.
    if (hasSimd() && info.filterWidth * info.inChannels >= 8) byKernel(backend, info, taps, y, dx)
    else byLoop(info, taps, cellsOf(backend, y), cellsOf(backend, dx))
    return dx
  })

const byKernel = (backend: WasmBackend, info: ConvInfo, taps: number, y: TensorInfo, dx: TensorInfo): void => {
  const [source, target] = [addressOf(backend, y), addressOf(backend, dx)]
  const { filterWidth, inChannels: channels, inWidth, strideWidth } = info
  const steps = [strideWidth * channels, taps, inWidth * channels, filterWidth * channels].map((numbers) => 4 * numbers)
  eachWindowRun(info, (run) => {
    const width = run.columns * channels
    const rest = width % 4
    const add = instantiate(backend, { key: `rows ${rest}`, bytes: ({ shared }) => addedRows({ rest, shared }) }, true)
    const from = firstOf(run, taps, info)
    add(target + 4 * run.from, source + 4 * from, run.windows, run.rows, Math.floor(width / 4), ...steps)
  })
}

/** Where in y the first number lies that a run's first window gives back. */
const firstOf = ({ to, top, left }: WindowRun, taps: number, { filterWidth, inChannels }: ConvInfo): number =>
  (to / inChannels) * taps + (top * filterWidth + left) * inChannels

/** The same for short rows, and for runtimes without SIMD. */
export const byLoop = (info: ConvInfo, taps: number, y: Float32Array, dx: Float32Array): void => {
  const { filterWidth, inChannels: channels, inWidth, strideWidth } = info
  eachWindowRun(info, (run) => {
    for (let window = 0; window < run.windows; window++) {
      for (let row = 0; row < run.rows; row++) {
        const place = run.from + (window * strideWidth + row * inWidth) * channels
        const from = firstOf(run, taps, info) + window * taps + row * filterWidth * channels
        for (let n = 0; n < run.columns * channels; n++) dx[place + n]! += y[from + n]!
      }
    }
  })
}
