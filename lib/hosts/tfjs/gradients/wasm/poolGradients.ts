import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core'
import { cellsOf, type WasmBackend, zeros } from './backend.ts'
import type { ConvAttrs, ConvInfo } from './convolution.ts'

export interface MaxPoolGradAttrs extends Omit<ConvAttrs, 'dilations'> {
  readonly filterSize: number | [number, number]
}

/**
 * The gradient of max pooling: dy goes to the first largest element of its window.
 *
 *     dx[b, r, c, i] = Σ { dy[b, p, q, i] : (r, c) is the first place where window (p, q) is largest }
 *
 * Shapes: input and result [batch, height, width, channels], dy [batch, outHeight, outWidth, channels].
 *
 * The kernel of tfjs's wasm backend (4.22) starts its search at the smallest *positive* float, and so takes the corner of every
 * window without a positive element. A plain loop over tfjs's memory is right, and about as fast.
 */
export const maxPoolGrad = (
  backend: WasmBackend,
  { dy, input }: { readonly dy: TensorInfo; readonly input: TensorInfo },
  { filterSize, strides, pad, dimRoundingMode }: MaxPoolGradAttrs,
): TensorInfo => {
  const shape = input.shape as [number, number, number, number]
  const info = backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode)
  const dx = zeros(backend, shape, 'float32')
  route(info, cellsOf(backend, dy), cellsOf(backend, input), cellsOf(backend, dx))
  return dx
}

const route = (info: ConvInfo, dy: Float32Array, x: Float32Array, dx: Float32Array): void => {
  const { batchSize, inChannels, outHeight, outWidth } = info
  let from = 0
  for (let image = 0; image < batchSize; image++) {
    for (let row = 0; row < outHeight; row++) {
      for (let column = 0; column < outWidth; column++) {
        const window = windowOf(info, image, row, column)
        for (let channel = 0; channel < inChannels; channel++) {
          const place = largest(x, window, channel)
          if (place >= 0) dx[place]! += dy[from]!
          from++
        }
      }
    }
  }
}

/** The part of a window that lies inside its image, as steps over the elements of one channel. */
interface Window {
  readonly start: number
  readonly rows: number
  readonly columns: number
  readonly rowStep: number
  readonly columnStep: number
}

const windowOf = (info: ConvInfo, image: number, row: number, column: number): Window => {
  const { inHeight, inWidth, inChannels, padInfo, strideHeight, strideWidth, filterHeight, filterWidth } = info
  const [top, left] = [row * strideHeight - padInfo.top, column * strideWidth - padInfo.left]
  const [firstRow, firstColumn] = [Math.max(0, top), Math.max(0, left)]
  return {
    start: ((image * inHeight + firstRow) * inWidth + firstColumn) * inChannels,
    rows: Math.min(inHeight, top + filterHeight) - firstRow,
    columns: Math.min(inWidth, left + filterWidth) - firstColumn,
    rowStep: inWidth * inChannels,
    columnStep: inChannels,
  }
}

const largest = (x: Float32Array, { start, rows, columns, rowStep, columnStep }: Window, channel: number): number => {
  let place = -1
  let most = Number.NEGATIVE_INFINITY
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const at = start + row * rowStep + column * columnStep + channel
      if (place >= 0 && !(x[at]! > most)) continue
      place = at
      most = x[at]!
    }
  }
  return place
}
