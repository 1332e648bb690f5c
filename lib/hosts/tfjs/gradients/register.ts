import { type GradConfig, getGradient, registerGradient } from '@tensorflow/tfjs-core'
import { averagePoolGradients } from './averagePools.ts'
import { batchMatMulGradient } from './batchMatMul.ts'
import { batchNormGradient } from './batchNorm.ts'
import { mendedGradients } from './broadcasts.ts'
import { comparisonGradients } from './comparisons.ts'
import { conv2DGradient, depthwiseConv2dNativeGradient } from './convolutions.ts'
import { gatherV2Gradient } from './gatherV2.ts'
import { maxPoolGradient } from './maxPool.ts'
import { rewriteKernels } from './rewrites.ts'
import { tfjsGradients } from './tfjs.ts'
import { FAST_CONV2D_BACKPROP_INPUT, registerWasmKernels } from './wasm/kernels.ts'

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
]

/** Second derivatives: our kernel is differentiated as tfjs's kernel for the same is. */
const secondDerivatives = (): readonly GradConfig[] => {
  const config = getGradient('Conv2DBackpropInput')
  return config === undefined ? [] : [{ ...config, kernelName: FAST_CONV2D_BACKPROP_INPUT }]
}

/**
 * Registers the gradients of tfjs-core's ops, and the gradient kernels that its wasm backend lacks.
 *
 * tfjs's gradients are registered where there are none, foregrad's own always. Doing it again changes nothing.
 */
export const registerGradients = (): void => {
  for (const config of [...tfjsGradients, ...comparisonGradients]) {
    if (getGradient(config.kernelName) === undefined) registerGradient(config)
  }
  for (const config of [...ours, ...secondDerivatives()]) {
    if (getGradient(config.kernelName) !== config) registerGradient(config)
  }
  rewriteKernels()
  registerWasmKernels()
}
