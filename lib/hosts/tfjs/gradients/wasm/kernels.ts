import { getKernel, type KernelConfig, registerKernel } from '@tensorflow/tfjs-core'
import type { WasmBackend } from './backend.ts'
import { conv2DBackpropFilter } from './conv2DBackpropFilter.ts'
import { conv2DBackpropInput, depthwiseConv2dNativeBackpropInput } from './convolutionInput.ts'
import { depthwiseConv2dNativeBackpropFilter } from './depthwiseConv2dNativeBackpropFilter.ts'
import { maxPoolGrad } from './maxPoolGrad.ts'
import { unsortedSegmentSum } from './unsortedSegmentSum.ts'

// Kernels of our own beside tfjs's for the same, one slower and one wrong: only our gradients call them.
export const FAST_CONV2D_BACKPROP_INPUT = 'ForegradConv2DBackpropInput'
export const RIGHT_MAX_POOL_GRAD = 'ForegradMaxPoolGrad'

// tfjs types a kernel by names alone, so what the op of that name hands over is stated here once.
const config = <Inputs, Attrs>(
  kernelName: string,
  run: (backend: WasmBackend, inputs: Inputs, attrs: Attrs) => ReturnType<KernelConfig['kernelFunc']>,
): KernelConfig => ({
  kernelName,
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs, backend }) => run(backend as WasmBackend, inputs as Inputs, attrs as Attrs),
})

const kernels: readonly KernelConfig[] = [
  config('Conv2DBackpropFilter', conv2DBackpropFilter),
  config('DepthwiseConv2dNativeBackpropFilter', depthwiseConv2dNativeBackpropFilter),
  config('DepthwiseConv2dNativeBackpropInput', depthwiseConv2dNativeBackpropInput),
  config('UnsortedSegmentSum', unsortedSegmentSum),
  config(FAST_CONV2D_BACKPROP_INPUT, conv2DBackpropInput),
  config(RIGHT_MAX_POOL_GRAD, maxPoolGrad),
]

/**
 * Registers the gradient kernels that tfjs's wasm backend lacks, each only where it has none.
 * The backend need not exist yet: a kernel is kept by the backend's name, and compiles when it first runs.
 */
export const registerWasmKernels = (): void => {
  for (const kernel of kernels) {
    if (getKernel(kernel.kernelName, kernel.backendName) === undefined) registerKernel(kernel)
  }
}
