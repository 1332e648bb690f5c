import {
  add,
  clone,
  FusedBatchNorm,
  type GradConfig,
  mul,
  type NamedTensorMap,
  neg,
  ones,
  rsqrt,
  sub,
  type Tensor,
  util,
  zeros,
} from '@tensorflow/tfjs-core'
import { summedTo } from './summedTo.ts'

/**
 * The gradient of batch normalisation, `(x − mean)·r·scale + offset` with r = 1/√(variance + eps).
 *
 *     dx = dy·r·scale;  dmean = −Σ dx;  dvariance = −½ Σ dx·(x − mean)·r²;  dscale = Σ dy·(x − mean)·r;  doffset = Σ dy
 *
 * Shapes: as the inputs; sums run over what was broadcast, also from a mean of shape [1, C], for which tfjs has no gradient.
 */
export const batchNormGradient: GradConfig = {
  kernelName: FusedBatchNorm,
  inputsToSave: ['x', 'mean', 'variance', 'scale', 'offset'],
  gradFunc: (dys, saved, attrs) => {
    const dy = dys as Tensor
    const [x, mean, variance, scale, offset] = saved as [Tensor, Tensor, Tensor, Tensor, Tensor]
    const { varianceEpsilon } = attrs as unknown as { readonly varianceEpsilon: number }
    const r = rsqrt(add(variance, varianceEpsilon))
    const factor = mul(r, scale)
    // Where all have one shape, what is broadcast is summed first, and only then scaled: the image is gone over five times, not eleven.
    const isOne = [variance, scale, offset].every(({ shape }) => util.arraysEqual(shape, mean.shape))
    const sum = (gradient: Tensor): Tensor => (isOne ? summedTo(gradient, mean) : gradient)
    const [given, centred] = [sum(dy), sum(mul(dy, sub(x, mean)))]
    return {
      x: () => summedTo(mul(dy, factor), x),
      mean: () => summedTo(neg(mul(given, factor)), mean),
      variance: () => summedTo(mul(mul(centred, factor), mul(mul(r, r), -0.5)), variance),
      scale: () => summedTo(mul(centred, r), scale),
      offset: () => clone(summedTo(given, offset)),
    }
  },
}

/**
 * The inputs with the scale 1 and the offset 0 where there is none: tfjs's tape cannot hold an input that was not given, whatever the gradient is.
 */
export const completeBatchNorm = (inputs: NamedTensorMap): NamedTensorMap => {
  const { shape } = inputs.mean as Tensor
  return { ...inputs, scale: inputs.scale ?? ones(shape), offset: inputs.offset ?? zeros(shape) }
}
