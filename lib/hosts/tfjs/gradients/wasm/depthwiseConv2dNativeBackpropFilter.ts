import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core'
import { addressOf, cellsOf, disposing, makeOutput, type WasmBackend, zeros } from './backend.ts'
import { addUp, type ConvAttrs, type ConvInfo, latticeOf, type Sum, withPadding } from './convolution.ts'

export interface DepthwiseBackpropFilterAttrs extends ConvAttrs {
  readonly filterShape: [number, number, number, number]
}

/**
 * The gradient of a depthwise convolution's filter: tfjs's kernel `DepthwiseConv2dNativeBackpropFilter` for its wasm backend.
 *
 *     dw[h, w, i, m] = Σ_b Σ_r Σ_c x̂[b, r·sh + h·dh, c·sw + w·dw, i] · dy[b, r, c, i·multiplier + m]
 *
 * x̂ is x within its padding. Shapes: x [batch, height, width, in], dy [batch, outHeight, outWidth, in·multiplier],
 * result [filterHeight, filterWidth, in, multiplier].
 */
export const depthwiseConv2dNativeBackpropFilter = (
  backend: WasmBackend,
  { x, dy }: { readonly x: TensorInfo; readonly dy: TensorInfo },
  { strides, pad, dilations = 1, dimRoundingMode, filterShape }: DepthwiseBackpropFilterAttrs,
): TensorInfo => {
  const shape = x.shape as [number, number, number, number]
  const info = backend_util.computeConv2DInfo(shape, filterShape, strides, dilations, pad, dimRoundingMode, true)
  return withPadding(backend, x, info, (padded) =>
    withRepeatedChannels(backend, padded, filterShape[3], (repeated) => {
      const dw = zeros(backend, filterShape, 'float32')
      const address = (tensor: TensorInfo) => addressOf(backend, tensor)
      addUp(backend, info, sumsOf(info, repeated.shape, { x: address(repeated), dy: address(dy), dw: address(dw) }))
      return dw
    }),
  )
}

/** Repeats each channel `times` times, side by side: then channels of x and dy meet one to one. */
const withRepeatedChannels = <A>(
  backend: WasmBackend,
  x: TensorInfo,
  times: number,
  body: (repeated: TensorInfo) => A,
): A => {
  if (times === 1) return body(x)
  return disposing(backend, (use) => {
    const repeated = use(makeOutput(backend, [...x.shape.slice(0, 3), x.shape[3]! * times], 'float32'))
    const [source, target] = [cellsOf(backend, x), cellsOf(backend, repeated)]
    // A loop of our own: tfjs's `Tile` takes ten times as long over runs of one element.
    for (let n = 0, to = 0; n < source.length; n++) {
      for (let copy = 0; copy < times; copy++) target[to++] = source[n]!
    }
    return body(repeated)
  })
}

/** One sum a filter row, whose taps are the rows of `c`. */
const sumsOf = (info: ConvInfo, images: readonly number[], at: { x: number; dy: number; dw: number }): Sum[] => {
  const { filterHeight, filterWidth, outChannels, outHeight, outWidth } = info
  const a = latticeOf(at.x, images, [info.strideHeight, info.strideWidth])
  const taps = latticeOf(0, images, [info.dilationHeight, info.dilationWidth])
  return Array.from(
    { length: filterHeight },
    (_, h): Sum => ({
      pairing: 'lanes',
      a: { ...a, start: a.start + h * taps.row },
      b: latticeOf(at.dy, [info.batchSize, outHeight, outWidth, outChannels]),
      c: at.dw + 4 * h * filterWidth * outChannels,
      height: filterWidth,
      width: outChannels,
      aStep: taps.column,
    }),
  )
}
