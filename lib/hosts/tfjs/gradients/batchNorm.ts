import {
  add,
  FusedBatchNorm,
  type GradConfig,
  mul,
  type NamedTensorMap,
  ones,
  rsqrt,
  sub,
  type Tensor,
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
    const centred = sub(x, mean)
    const dx = mul(dy, mul(r, scale))
    return {
      x: () => summedTo(dx, x),
      mean: () => summedTo(mul(dx, -1), mean),
      variance: () => summedTo(mul(mul(dx, centred), mul(mul(r, r), -0.5)), variance),
      scale: () => summedTo(mul(mul(dy, centred), r), scale),
      offset: () => summedTo(dy, offset),
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
