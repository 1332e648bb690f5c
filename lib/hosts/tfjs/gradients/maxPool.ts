import { engine, type GradConfig, MaxPool, MaxPoolGrad, type Tensor } from '@tensorflow/tfjs-core'
import { hasKernel, RIGHT_MAX_POOL_GRAD } from './wasm/kernels.ts'

/** The gradient of max pooling: the backend's kernel, but on wasm our own, since tfjs's errs where a window is negative. */
export const maxPoolGradient: GradConfig = {
  kernelName: MaxPool,
  inputsToSave: ['x'],
  outputsToSave: [true],
  gradFunc: (dy, saved, attrs) => {
    const [input, output] = saved as [Tensor, Tensor]
    const kernel = hasKernel(RIGHT_MAX_POOL_GRAD) ? RIGHT_MAX_POOL_GRAD : MaxPoolGrad
    return { x: () => engine().runKernel(kernel, { dy: dy as Tensor, input, output }, attrs) as Tensor }
  },
}
