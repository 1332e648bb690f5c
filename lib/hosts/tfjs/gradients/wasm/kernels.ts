import { getBackend, getKernel, type KernelConfig, registerKernel } from '@tensorflow/tfjs-core'
import { hasSimd, type WasmBackend } from './backend.ts'
import { columnMean, columnSum } from './columnSums.ts'
import { conv2DBackpropFilter } from './conv2DBackpropFilter.ts'
import { conv2DBackpropInput, depthwiseConv2dNativeBackpropInput } from './convolutionInput.ts'
import { depthwiseConv2dNativeBackpropFilter } from './depthwiseConv2dNativeBackpropFilter.ts'
import { gatherRows } from './gatherRows.ts'
import { averagePoolGrad, maxPoolGrad } from './poolGradients.ts'
import { batchMatMul } from './products.ts'
import { reluGrad } from './reluGrad.ts'
import { spread } from './spread.ts'
import { split, unpack } from './unpack.ts'
import { unsortedSegmentSum } from './unsortedSegmentSum.ts'

// Kernels of our own beside tfjs's for the same, slower ones and a wrong one: only our gradients and rewrites call them.
export const FAST_CONV2D_BACKPROP_INPUT = 'ForegradConv2DBackpropInput'
export const RIGHT_MAX_POOL_GRAD = 'ForegradMaxPoolGrad'
export const FAST_AVERAGE_POOL_GRAD = 'ForegradAvgPoolGrad'
export const FAST_BATCH_MAT_MUL = 'ForegradBatchMatMul'
export const FAST_GATHER = 'ForegradGatherRows'
export const FAST_RELU_GRAD = 'ForegradReluGrad'
export const FAST_SPLIT = 'ForegradSplit'
export const FAST_UNPACK = 'ForegradUnpack'
export const COLUMN_SUM = 'ForegradColumnSum'
export const COLUMN_MEAN = 'ForegradColumnMean'
export const SPREAD = 'ForegradSpread'

/** Whether a kernel of our own is there on the backend that runs now; those with vectors alone only where the runtime has them. */
export const hasKernel = (name: string): boolean => {
  const needed = [FAST_BATCH_MAT_MUL, FAST_RELU_GRAD, COLUMN_SUM, COLUMN_MEAN].includes(name)
  return getKernel(name, getBackend()) !== undefined && (!needed || hasSimd())
}

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
  config(FAST_AVERAGE_POOL_GRAD, averagePoolGrad),
  config(FAST_BATCH_MAT_MUL, batchMatMul),
  config(FAST_GATHER, gatherRows),
  config(FAST_RELU_GRAD, reluGrad),
  config(FAST_SPLIT, split),
  config(FAST_UNPACK, unpack),
  config(COLUMN_SUM, columnSum),
  config(COLUMN_MEAN, columnMean),
  config(SPREAD, spread),
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
