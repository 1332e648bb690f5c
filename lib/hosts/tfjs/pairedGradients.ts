import type * as tf from '@tensorflow/tfjs-core'
import { type Excess, noExcess } from '../../data/excess.ts'
import type { Grads, Params, ParamsLike } from '../../form/transformation.ts'
import { type PairedGradientsOf, pairedGradientsOn } from '../../train/pairedGradients.ts'
import { tfjsTraining } from './trainingHost.ts'
import { type ValueAndGrads, valueAndGrad } from './valueAndGrad.ts'

/** The loss, and its gradient on one batch at two places. */
export interface PairedGradients<P = Grads> extends PairedGradientsOf<P, tf.Scalar> {}

/**
 * The gradient of one batch at the parameters and at those before the last update: what the exact form of `marsCorrection` reads.
 *
 *     value = loss(params, ...batch);  grads = ∂loss/∂params there;  gradAtPrevious = ∂loss(previous, ...batch)/∂previous
 *
 * Shapes: both gradients are shaped like params. The caller disposes all three. Where `previous` is `params` itself, as in a first step, one
 * gradient is taken for both.
 *
 * Errors: those of `valueAndGrad`. Source: Yuan et al. 2024, arXiv 2411.10438.
 */
export const pairedGradients = <P extends ParamsLike<P>, Batch extends readonly unknown[]>(
  loss: (params: P, ...batch: Batch) => tf.Tensor,
  ...excess: Excess
) => {
  noExcess('pairedGradients', excess)
  return (params: P, previous: P, ...batch: Batch): PairedGradients<P> => {
    const gradient = valueAndGrad(loss)
    const at = (place: Params): ValueAndGrads => gradient(place as P, ...batch) as ValueAndGrads
    return pairedGradientsOn(tfjsTraining)(at, params as Params, previous as Params) as unknown as PairedGradients<P>
  }
}
