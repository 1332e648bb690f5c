import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core'
import { addressOf, disposing, runInside, type WasmBackend, zeros } from './backend.ts'
import { addUp, type ConvAttrs, type ConvInfo, latticeOf, type Sum, withPadding } from './convolution.ts'

export interface Conv2DBackpropFilterAttrs extends ConvAttrs {
  readonly dataFormat: 'NHWC' | 'NCHW'
  readonly filterShape: [number, number, number, number]
}

interface Inputs {
  readonly x: TensorInfo
  readonly dy: TensorInfo
}

/**
 * The gradient of a convolution's filter: tfjs's kernel `Conv2DBackpropFilter` for its wasm backend.
 *
 *     dw[h, w, i, o] = Σ_b Σ_r Σ_c x̂[b, r·sh + h·dh, c·sw + w·dw, i] · dy[b, r, c, o]        x̂: x within its padding
 *
 * Shapes: x [batch, height, width, in], dy [batch, outHeight, outWidth, out], result [filterHeight, filterWidth, in, out];
 * with data format NCHW the channels of x and dy come second.
 */
export const conv2DBackpropFilter = (
  backend: WasmBackend,
  inputs: Inputs,
  attrs: Conv2DBackpropFilterAttrs,
): TensorInfo => {
  if (attrs.dataFormat === 'NCHW') return channelsFirst(backend, inputs, attrs)
  const { x, dy } = inputs
  const { strides, pad, dilations = 1, dimRoundingMode, filterShape } = attrs
  const shape = x.shape as [number, number, number, number]
  const info = backend_util.computeConv2DInfo(shape, filterShape, strides, dilations, pad, dimRoundingMode)
  return withPadding(backend, x, info, (padded) => {
    const dw = zeros(backend, filterShape, 'float32')
    const address = (tensor: TensorInfo) => addressOf(backend, tensor)
    addUp(backend, info, sumsOf(info, padded.shape, { x: address(padded), dy: address(dy), dw: address(dw) }))
    return dw
  })
}

/** Where the columns are not dilated, the taps of a filter row lie side by side in x̂: one matrix of filterWidth·in rows. */
const sumsOf = (info: ConvInfo, padded: readonly number[], at: { x: number; dy: number; dw: number }): Sum[] => {
  const { filterHeight, filterWidth, inChannels, outChannels, outHeight, outWidth } = info
  const a = latticeOf(at.x, padded, [info.strideHeight, info.strideWidth])
  const taps = latticeOf(0, padded, [info.dilationHeight, info.dilationWidth])
  const together = info.dilationWidth === 1 ? filterWidth : 1
  return Array.from({ length: (filterHeight * filterWidth) / together }, (_, n): Sum => {
    const tap = n * together
    const [h, w] = [Math.floor(tap / filterWidth), tap % filterWidth]
    return {
      pairing: 'outer',
      a: { ...a, start: a.start + h * taps.row + w * taps.column },
      b: latticeOf(at.dy, [info.batchSize, outHeight, outWidth, outChannels]),
      c: at.dw + 4 * tap * inChannels * outChannels,
      height: together * inChannels,
      width: outChannels,
      aStep: 4,
    }
  })
}

const channelsFirst = (backend: WasmBackend, { x, dy }: Inputs, attrs: Conv2DBackpropFilterAttrs): TensorInfo =>
  disposing(backend, (use) => {
    const last = (tensor: TensorInfo) => use(runInside(backend, 'Transpose', { x: tensor }, { perm: [0, 2, 3, 1] }))
    return conv2DBackpropFilter(backend, { x: last(x), dy: last(dy) }, { ...attrs, dataFormat: 'NHWC' })
  })
