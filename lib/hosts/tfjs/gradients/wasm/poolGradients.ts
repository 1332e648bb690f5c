import type { TensorInfo } from '@tensorflow/tfjs-core'
import { addressOf, cellsOf, hasSimd, instantiate, type WasmBackend, zeros } from './backend.ts'
import type { ConvInfo } from './convolution.ts'
import { type Pooling, poolKernel } from './pools.ts'
import { eachWindowRun, type PoolAttrs, poolInfo, type WindowRun } from './windows.ts'

interface Inputs {
  readonly dy: TensorInfo
  readonly input: TensorInfo
}

/**
 * The gradient of max pooling: dy goes to the first largest element of its window.
 *
 *     dx[b, r, c, i] = Σ { dy[b, p, q, i] : (r, c) is the first place where window (p, q) is largest }
 *
 * Shapes: input and result [batch, height, width, channels], dy [batch, outHeight, outWidth, channels].
 *
 * The kernel of tfjs's wasm backend (4.22) starts its search at the smallest *positive* float, and so takes the corner of every
 * window without a positive element.
 */
export const maxPoolGrad = (backend: WasmBackend, inputs: Inputs, attrs: PoolAttrs): TensorInfo =>
  givenBack('max', backend, inputs, attrs)

/**
 * The gradient of average pooling: dy goes to its window in equal parts. A window that reaches beyond the image is the mean of what lies inside.
 *
 *     dx[b, r, c, i] = Σ { dy[b, p, q, i] / places of window (p, q) inside : (r, c) lies in window (p, q) }
 */
export const averagePoolGrad = (backend: WasmBackend, inputs: Inputs, attrs: PoolAttrs): TensorInfo =>
  givenBack('mean', backend, inputs, attrs)

const givenBack = (
  pooling: Pooling,
  backend: WasmBackend,
  { dy, input }: Inputs,
  attrs: PoolAttrs,
  simd = hasSimd(),
): TensorInfo => {
  const info = poolInfo(input, attrs)
  const dx = zeros(backend, input.shape, 'float32')
  if (simd) byKernel(pooling, backend, info, { x: input, dy, dx })
  else byLoop(pooling, info, { x: cellsOf(backend, input), dy: cellsOf(backend, dy), dx: cellsOf(backend, dx) })
  return dx
}

interface Three<A> {
  readonly x: A
  readonly dy: A
  readonly dx: A
}

const byKernel = (pooling: Pooling, backend: WasmBackend, info: ConvInfo, tensors: Three<TensorInfo>): void => {
  const { inChannels: channels, inWidth, strideWidth } = info
  const [x, dy, dx] = [tensors.x, tensors.dy, tensors.dx].map((tensor) => addressOf(backend, tensor)) as [
    number,
    number,
    number,
  ]
  const rest = channels % 4
  const many = pooling === 'max' && info.filterHeight * info.filterWidth > 4
  const bytes = ({ shared }: { readonly shared: boolean }) => poolKernel({ pooling, rest, many, shared })
  const run = instantiate(backend, { key: `${pooling} pool ${rest} ${many}`, bytes }, true)
  const [column, fours] = [4 * channels, Math.floor(channels / 4)]
  eachWindowRun(info, ({ from, to, windows, rows, columns }) => {
    const step = strideWidth * column
    run(x + 4 * from, dy + 4 * to, dx + 4 * from, windows, step, rows, columns, inWidth * column, column, fours)
  })
}

/** The same for runtimes without SIMD. */
export const byLoop = (pooling: Pooling, info: ConvInfo, { x, dy, dx }: Three<Float32Array>): void => {
  const { inChannels: channels, inWidth, strideWidth } = info
  eachWindowRun(info, ({ from, to, windows, ...window }) => {
    for (let n = 0; n < windows * channels; n++) {
      const start = from + Math.floor(n / channels) * strideWidth * channels + (n % channels)
      const places = placesOf(start, window, inWidth * channels, channels)
      if (pooling === 'max') dx[largest(x, places)]! += dy[to + n]!
      else for (const place of places) dx[place]! += dy[to + n]! / places.length
    }
  })
}

const placesOf = (
  start: number,
  { rows, columns }: Pick<WindowRun, 'rows' | 'columns'>,
  rowStep: number,
  columnStep: number,
): readonly number[] =>
  Array.from(
    { length: rows * columns },
    (_, n) => start + Math.floor(n / columns) * rowStep + (n % columns) * columnStep,
  )

const largest = (x: Float32Array, places: readonly number[]): number =>
  places.reduce((most, place) => (x[place]! > x[most]! ? place : most))
