import {
  Conv2D,
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  DepthwiseConv2dNative,
  DepthwiseConv2dNativeBackpropFilter,
  DepthwiseConv2dNativeBackpropInput,
  engine,
  type GradConfig,
  getBackend,
  getKernel,
  type NamedAttrMap,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core'
import { dilate, dilatedShape, pairOf, undilate } from './dilatedFilter.ts'
import { FAST_CONV2D_BACKPROP_INPUT } from './wasm/kernels.ts'

/**
 * The gradient of a convolution, for its input and its filter: two kernels of the backend.
 *
 * A dilated one, which tfjs refuses, is the plain convolution with zeros between the filter's taps: the same kernels take that
 * filter, and of its gradient the taps are kept.
 */
export const conv2DGradient: GradConfig = {
  kernelName: Conv2D,
  inputsToSave: ['x', 'filter'],
  gradFunc: (dy, saved, attrs) =>
    convolutionGradients(dy as Tensor4D, saved, attrs, {
      input: inputKernel(attrs),
      filter: Conv2DBackpropFilter,
    }),
}

/** The same for a depthwise convolution. */
export const depthwiseConv2dNativeGradient: GradConfig = {
  kernelName: DepthwiseConv2dNative,
  inputsToSave: ['x', 'filter'],
  gradFunc: (dy, saved, attrs) =>
    convolutionGradients(dy as Tensor4D, saved, attrs, {
      input: DepthwiseConv2dNativeBackpropInput,
      filter: DepthwiseConv2dNativeBackpropFilter,
    }),
}

const inputKernel = ({ dataFormat }: NamedAttrMap): string => {
  const fast = dataFormat !== 'NCHW' && getKernel(FAST_CONV2D_BACKPROP_INPUT, getBackend()) !== undefined
  return fast ? FAST_CONV2D_BACKPROP_INPUT : Conv2DBackpropInput
}

const convolutionGradients = (
  dy: Tensor4D,
  saved: readonly Tensor[],
  attrs: NamedAttrMap,
  kernels: { readonly input: string; readonly filter: string },
) => {
  const [x, filter] = saved as readonly Tensor[] as readonly [Tensor4D, Tensor4D]
  const dilations = pairOf(attrs.dilations as number | number[] | undefined)
  const plain = dilations.every((dilation) => dilation === 1)
  const shared = { ...attrs, dilations: [1, 1] }
  const run = (kernel: string, inputs: Record<string, Tensor>, more: NamedAttrMap) =>
    engine().runKernel(kernel, inputs, { ...shared, ...more }) as Tensor4D
  return {
    x: () => run(kernels.input, { dy, filter: plain ? filter : dilate(filter, dilations) }, { inputShape: x.shape }),
    filter: () => {
      const filterShape = dilatedShape(filter.shape, dilations)
      const gradient = run(kernels.filter, { x, dy }, { filterShape })
      return plain ? gradient : undilate(gradient, dilations)
    },
  }
}
