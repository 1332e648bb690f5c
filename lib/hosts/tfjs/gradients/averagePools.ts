import {
  AvgPool,
  AvgPool3D,
  AvgPool3DGrad,
  AvgPoolGrad,
  backend_util,
  engine,
  type GradConfig,
  mul,
  type NamedAttrMap,
  reshape,
  type Tensor,
  tensor1d,
} from '@tensorflow/tfjs-core'
import { FAST_AVERAGE_POOL_GRAD, hasKernel } from './wasm/kernels.ts'

/** For each place of the result along one axis: taps of the window, of which so many are read and the others lie beside the input. */
const share = (size: number, count: number, taps: number, stride: number, before: number): number[] =>
  Array.from({ length: count }, (_, place) => {
    const first = place * stride - before
    return taps / (Math.min(size, first + taps) - Math.max(0, first))
  })

/** dy, times the share of each axis. */
const shared = (dy: Tensor, shares: readonly (readonly number[])[]): Tensor =>
  shares.reduce((product, numbers, n) => {
    if (numbers.every((each) => each === 1)) return product
    const shape = dy.shape.map((_, axis) => (axis === n + 1 ? numbers.length : 1))
    return mul(product, reshape(tensor1d([...numbers]), shape))
  }, dy)

const run = (kernel: string, dy: Tensor, input: Tensor, attrs: NamedAttrMap): Tensor =>
  engine().runKernel(kernel, { dy, input }, attrs) as Tensor

/**
 * The gradients of average pooling. A window that reaches beyond the input is the mean of what it reads; tfjs's gradient divides by the whole
 * window there, so dy is brought up by window / read first. On wasm one kernel of our own does all that.
 */
export const averagePoolGradients: readonly GradConfig[] = [
  {
    kernelName: AvgPool,
    inputsToSave: ['x'],
    gradFunc: (dy, [x], attrs) => {
      if (hasKernel(FAST_AVERAGE_POOL_GRAD))
        return { x: () => run(FAST_AVERAGE_POOL_GRAD, dy as Tensor, x as Tensor, attrs) }
      const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as Pool<[number, number]>
      const shape = (x as Tensor).shape as [number, number, number, number]
      const w = backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode)
      const rows = share(w.inHeight, w.outHeight, w.filterHeight, w.strideHeight, w.padInfo.top)
      const columns = share(w.inWidth, w.outWidth, w.filterWidth, w.strideWidth, w.padInfo.left)
      return { x: () => run(AvgPoolGrad, shared(dy as Tensor, [rows, columns]), x as Tensor, attrs) }
    },
  },
  {
    kernelName: AvgPool3D,
    inputsToSave: ['x'],
    gradFunc: (dy, [x], attrs) => {
      const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as Pool<[number, number, number]>
      const shape = (x as Tensor).shape as [number, number, number, number, number]
      const w = backend_util.computePool3DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode)
      const slices = share(w.inDepth, w.outDepth, w.filterDepth, w.strideDepth, w.padInfo.front)
      const rows = share(w.inHeight, w.outHeight, w.filterHeight, w.strideHeight, w.padInfo.top)
      const columns = share(w.inWidth, w.outWidth, w.filterWidth, w.strideWidth, w.padInfo.left)
      return { x: () => run(AvgPool3DGrad, shared(dy as Tensor, [slices, rows, columns]), x as Tensor, attrs) }
    },
  },
]

interface Pool<Sizes> {
  readonly filterSize: Sizes | number
  readonly strides: Sizes | number
  readonly pad: 'same' | 'valid' | number
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil'
}
