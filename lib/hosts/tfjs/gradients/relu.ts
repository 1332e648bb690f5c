import { cast, engine, type GradConfig, mul, Relu, step, type Tensor, zerosLike } from '@tensorflow/tfjs-core'
import { FAST_RELU_GRAD, hasKernel } from './wasm/kernels.ts'

/** dy where x is positive, 0 elsewhere. */
const masked = (dy: Tensor, x: Tensor): Tensor =>
  x.dtype === 'float32' && dy.dtype === 'float32' && hasKernel(FAST_RELU_GRAD)
    ? (engine().runKernel(FAST_RELU_GRAD, { dy, x }) as Tensor)
    : mul(dy, cast(step(x), 'float32'))

/** The gradients of relu and of its gradient, which is linear in dy and flat in x. */
export const reluGradients: readonly GradConfig[] = [
  {
    kernelName: Relu,
    inputsToSave: ['x'],
    gradFunc: (dy, [x]) => ({ x: () => masked(dy as Tensor, x as Tensor) }),
  },
  {
    kernelName: FAST_RELU_GRAD,
    inputsToSave: ['x'],
    gradFunc: (dy, [x]) => ({ dy: () => masked(dy as Tensor, x as Tensor), x: () => zerosLike(x as Tensor) }),
  },
]
