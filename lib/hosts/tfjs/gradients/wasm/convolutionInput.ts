import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core'
import { disposing, runInside, type WasmBackend } from './backend.ts'
import type { ConvAttrs, ConvInfo } from './convolution.ts'
import { laidOut } from './laidOut.ts'
import { goesByWindows, windowsBack } from './windowsBack.ts'

type Shape4D = [number, number, number, number]

export interface BackpropInputAttrs extends ConvAttrs {
  readonly inputShape: Shape4D
}

interface Inputs {
  readonly dy: TensorInfo
  readonly filter: TensorInfo
}

/**
 * The gradient of a convolution's input, computed by tfjs's forward kernel: ten times as fast as the loop that tfjs's wasm
 * backend has for it.
 *
 *     dx = convolution of ŷ with the filter turned half round, its channels exchanged        ŷ: dy, strides − 1 zeros between
 *
 * Shapes: dy [batch, outHeight, outWidth, out], filter [filterHeight, filterWidth, in, out], result `inputShape`, channels last. With strides, or of
 * few channels: `windowsBack`.
 */
export const conv2DBackpropInput = (
  backend: WasmBackend,
  { dy, filter }: Inputs,
  { inputShape, strides, pad, dilations = 1, dimRoundingMode }: BackpropInputAttrs,
): TensorInfo => {
  const shape = filter.shape as Shape4D
  const info = backend_util.computeConv2DInfo(inputShape, shape, strides, dilations, pad, dimRoundingMode)
  if (goesByWindows(info)) return windowsBack(backend, dy, filter, info)
  return disposing(backend, (use) => {
    const turned = use(runInside(backend, 'Reverse', { x: filter }, { dims: [0, 1] }))
    const exchanged = use(runInside(backend, 'Transpose', { x: turned }, { perm: [0, 1, 3, 2] }))
    const x = use(spread(backend, dy, info))
    return runInside(backend, 'Conv2D', { x, filter: exchanged }, forwardAttrs(info))
  })
}

/**
 * The gradient of a depthwise convolution's input: tfjs's kernel `DepthwiseConv2dNativeBackpropInput` for its wasm backend.
 *
 *     dx[…, i] = Σ_m depthwise convolution of ŷ[…, i·multiplier + m] with the filter turned half round
 *
 * ŷ is dy with strides − 1 zeros between. Shapes: dy [batch, outHeight, outWidth, in·multiplier],
 * filter [filterHeight, filterWidth, in, multiplier], result `inputShape`.
 */
export const depthwiseConv2dNativeBackpropInput = (
  backend: WasmBackend,
  { dy, filter }: Inputs,
  { inputShape, strides, pad, dilations = 1, dimRoundingMode }: BackpropInputAttrs,
): TensorInfo => {
  const shape = filter.shape as Shape4D
  const [filterHeight, filterWidth, channels, multiplier] = shape
  const info = backend_util.computeConv2DInfo(inputShape, shape, strides, dilations, pad, dimRoundingMode, true)
  return disposing(backend, (use) => {
    const turned = use(runInside(backend, 'Reverse', { x: filter }, { dims: [0, 1] }))
    const single = { ...turned, shape: [filterHeight, filterWidth, channels * multiplier, 1] }
    const x = use(spread(backend, dy, info))
    const dx = runInside(backend, 'DepthwiseConv2dNative', { x, filter: single }, forwardAttrs(info))
    if (multiplier === 1) return dx
    use(dx)
    const copies = { ...dx, shape: [dx.shape.slice(0, 3).reduce((a, b) => a * b, channels), multiplier] }
    return { ...runInside(backend, 'Sum', { x: copies }, { axis: [1], keepDims: false }), shape: inputShape }
  })
}

/** `spread` has done the strides and the padding: what is left is a plain convolution over every position. */
const forwardAttrs = ({ dilationHeight, dilationWidth }: ConvInfo) => ({
  strides: [1, 1],
  pad: 'valid',
  dilations: [dilationHeight, dilationWidth],
  dataFormat: 'NHWC',
})

/**
 * Lays dy out over the positions of the padded input where a filter's last tap may lie: strides apart, zeros elsewhere.
 * Position q of the result holds dy[p] where q = p·stride + (effective filter − 1) − padding.
 */
const spread = (backend: WasmBackend, dy: TensorInfo, info: ConvInfo): TensorInfo => {
  const { inHeight, inWidth, strideHeight, strideWidth, padInfo } = info
  const [height, width] = [info.effectiveFilterHeight - 1, info.effectiveFilterWidth - 1]
  const rows = { start: height - padInfo.top, step: strideHeight }
  const columns = { start: width - padInfo.left, step: strideWidth }
  return laidOut(backend, dy, [inHeight + height, inWidth + width], rows, columns)
}
