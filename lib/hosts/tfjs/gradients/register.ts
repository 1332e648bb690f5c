import {
  BatchMatMul,
  Conv2DBackpropInput,
  GatherV2,
  type GradConfig,
  getGradient,
  Mean,
  registerGradient,
  SplitV,
  Sum,
  Unpack,
} from '@tensorflow/tfjs-core'
import { averagePoolGradients } from './averagePools.ts'
import { batchMatMulGradient } from './batchMatMul.ts'
import { batchNormGradient } from './batchNorm.ts'
import { mendedGradients } from './broadcasts.ts'
import { comparisonGradients } from './comparisons.ts'
import { conv2DGradient, depthwiseConv2dNativeGradient } from './convolutions.ts'
import { gatherV2Gradient } from './gatherV2.ts'
import { maxPoolGradient } from './maxPool.ts'
import { reluGradients } from './relu.ts'
import { rewriteKernels } from './rewrites.ts'
import { sumGradients } from './sums.ts'
import { tfjsGradients } from './tfjs.ts'
import {
  COLUMN_MEAN,
  COLUMN_SUM,
  FAST_BATCH_MAT_MUL,
  FAST_CONV2D_BACKPROP_INPUT,
  FAST_GATHER,
  FAST_SPLIT,
  FAST_UNPACK,
  registerWasmKernels,
} from './wasm/kernels.ts'

/** The gradients that foregrad writes itself: they do what tfjs's do, and more, or faster. */
const ours: readonly GradConfig[] = [
  batchMatMulGradient,
  batchNormGradient,
  conv2DGradient,
  depthwiseConv2dNativeGradient,
  gatherV2Gradient,
  maxPoolGradient,
  ...averagePoolGradients,
  ...mendedGradients,
  ...reluGradients,
  ...sumGradients,
]

/** Kernels of our own that stand for one of tfjs's are differentiated as that is. */
const standsFor: Readonly<Record<string, string>> = {
  [FAST_CONV2D_BACKPROP_INPUT]: Conv2DBackpropInput,
  [FAST_BATCH_MAT_MUL]: BatchMatMul,
  [FAST_GATHER]: GatherV2,
  [FAST_SPLIT]: SplitV,
  [FAST_UNPACK]: Unpack,
  [COLUMN_SUM]: Sum,
  [COLUMN_MEAN]: Mean,
}

const standIns = (): readonly GradConfig[] =>
  Object.entries(standsFor).flatMap(([kernelName, theirs]) => {
    const config = getGradient(theirs)
    return config === undefined ? [] : [{ ...config, kernelName }]
  })

/**
 * Registers the gradients of tfjs-core's ops, and the gradient kernels that its wasm backend lacks.
 *
 * tfjs's gradients are registered where there are none, foregrad's own always. Doing it again changes nothing.
 */
export const registerGradients = (): void => {
  for (const config of [...tfjsGradients, ...comparisonGradients]) {
    if (getGradient(config.kernelName) === undefined) registerGradient(config)
  }
  for (const config of ours) {
    if (getGradient(config.kernelName) !== config) registerGradient(config)
  }
  for (const config of standIns()) registerGradient(config)
  rewriteKernels()
  registerWasmKernels()
}
