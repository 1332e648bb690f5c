import {
  concat,
  conv3d,
  gather,
  type NamedAttrMap,
  type NamedTensorMap,
  reverse,
  type Tensor,
  type Tensor5D,
  tensor1d,
  transpose,
  zeros,
} from '@tensorflow/tfjs-core'

type Three = readonly [number, number, number]

interface Attrs {
  readonly strides: number | Three
  readonly pad: 'same' | 'valid'
}

/** An axis with zeros between its numbers, `before` ahead of them, and `size` numbers in all. */
const spread = (x: Tensor, axis: number, stride: number, before: number, size: number): Tensor => {
  const count = x.shape[axis] as number
  const zero = zeros(x.shape.map((d, n) => (n === axis ? 1 : d)))
  const from = Array.from({ length: size }, (_, place) => {
    const at = (place - before) / stride
    return Number.isInteger(at) && at >= 0 && at < count ? at : count
  })
  return gather(concat([x, zero], axis), tensor1d(from, 'int32'), axis)
}

const stepsOf = ({ strides }: Attrs): Three => (typeof strides === 'number' ? [strides, strides, strides] : strides)

/** Zeros that stand ahead of an axis of `size`, for windows of so many taps at `count` places. */
const padBefore = ({ pad }: Attrs, size: number, taps: number, count: number, stride: number): number =>
  pad === 'same' ? Math.floor(Math.max(0, (count - 1) * stride + taps - size) / 2) : 0

/**
 * What a convolution over volumes passes back to its input, and `conv3dTranspose`: a plain convolution of dy, spread by the strides, with the filter
 * turned round. tfjs's wasm kernel for it gives wrong numbers, and no backend's can be differentiated.
 */
export const conv3DInputByParts = (inputs: NamedTensorMap, attrs: NamedAttrMap | undefined): Tensor => {
  const given = attrs as unknown as Attrs & { readonly inputShape: readonly number[] }
  const [dy, filter] = [inputs.dy as Tensor, inputs.filter as Tensor5D]
  const around = stepsOf(given).reduce((x, stride, n) => {
    const [size, taps, count] = [given.inputShape[n + 1], filter.shape[n], dy.shape[n + 1]] as [number, number, number]
    return spread(x, n + 1, stride, taps - 1 - padBefore(given, size, taps, count, stride), size + taps - 1)
  }, dy)
  const turned = transpose(reverse(filter, [0, 1, 2]), [0, 1, 2, 4, 3]) as Tensor5D
  return conv3d(around as Tensor5D, turned, 1, 'valid')
}

/**
 * What a convolution over volumes passes back to its filter: that of one without strides or padding, of the input with its zeros around it and dy
 * spread by the strides. tfjs's wasm kernel gives wrong numbers where there are strides.
 */
export const conv3DFilterByParts = (
  inputs: NamedTensorMap,
  attrs: NamedAttrMap | undefined,
  run: (inputs: NamedTensorMap, attrs: NamedAttrMap) => unknown,
): unknown => {
  const given = attrs as unknown as Attrs & { readonly filterShape: readonly number[] }
  const [x, dy] = [inputs.x as Tensor, inputs.dy as Tensor]
  const steps = stepsOf(given)
  const apart = steps.reduce(
    (spreadOut, stride, n) => spread(spreadOut, n + 1, stride, 0, ((dy.shape[n + 1] as number) - 1) * stride + 1),
    dy,
  )
  const around = steps.reduce((padded, stride, n) => {
    const [size, taps, count] = [x.shape[n + 1], given.filterShape[n], dy.shape[n + 1]] as [number, number, number]
    return spread(padded, n + 1, 1, padBefore(given, size, taps, count, stride), (count - 1) * stride + taps)
  }, x)
  return run({ x: around, dy: apart }, { ...attrs, strides: [1, 1, 1], pad: 'valid' })
}
