import * as tf from '@tensorflow/tfjs-core'
import { type Excess, noExcess } from '../../data/excess.ts'
import { type Tree, treeMap } from '../../data/tree.ts'
import type { ParamsLike } from '../../form/transformation.ts'
import { tfjsHost } from './host.ts'
import { checkLossFunction } from './loss.ts'
import { valueAndGrad } from './valueAndGrad.ts'

/**
 * The diagonal of the observed Fisher matrix, as a function of the parameters and a batch: the square of the gradient of a negative log-likelihood.
 *
 *     dᵢ = (∂loss / ∂pᵢ)²
 *
 * Of one example, or of a batch as a whole: the mean of the squares is not the square of the mean.
 *
 * Shapes: the diagonal is shaped like `params`. The caller disposes it. Errors: those of `valueAndGrad`.
 * Source: optax, `second_order.fisher_diag`.
 */
export const fisherDiag = <P extends ParamsLike<P>, Batch extends readonly unknown[]>(
  negativeLogLikelihood: (params: P, ...batch: Batch) => tf.Tensor,
  ...excess: Excess
): ((params: P, ...batch: Batch) => P) => {
  noExcess('fisherDiag', excess)
  checkLossFunction(negativeLogLikelihood)
  return (params, ...batch) =>
    tfjsHost.engine().scope(() => {
      const { grads } = valueAndGrad(negativeLogLikelihood)(params, ...batch)
      return treeMap<tf.Tensor, tf.Tensor>(grads as Tree<tf.Tensor>, tf.square) as P
    })
}
