import { broadcast_util, reshape, sum, type Tensor, util } from '@tensorflow/tfjs-core'

/** The sum over what was broadcast, in the shape that it had before. */
export const summedTo = (gradient: Tensor, { shape }: Pick<Tensor, 'shape'>): Tensor => {
  if (util.arraysEqual(gradient.shape, shape)) return gradient
  const axes = broadcast_util.getReductionAxes(shape, gradient.shape)
  return reshape(axes.length > 0 ? sum(gradient, axes) : gradient, shape)
}
