import type * as tf from '@tensorflow/tfjs-core'
import { type Excess, noExcess } from '../../data/excess.ts'
import type { GradientTransformation, ParamsLike } from '../../form/transformation.ts'
import {
  type CurvedState,
  type HessianDiagonalOptions,
  withHessianDiagonalOn,
} from '../../train/withHessianDiagonal.ts'
import { type Trainer, tfjsTraining } from './trainingHost.ts'

/**
 * Puts a loss, an optimizer that reads the curvature, and an estimator of it together: Sophia with its probes.
 *
 *     g = ∇loss(params, ...batch);  h = estimator(k, params, ...batch) in step k = 0, updateInterval, 2·updateInterval, …
 *     [params', state'] = step(tx, g, state, params) given { hessianDiagonal: h }
 *
 * With a forecast both are taken at the predicted parameters. The estimator makes new tensors shaped like the parameters, which are given back after
 * the step: `hutchinsonEstimatorDiagHessian(loss, { key })`, `gaussNewtonBartlettEstimatorDiagHessian(logits, { key })`, or one of your own.
 * updateInterval must be that of the optimizer, which averages the estimate in the very steps that have one; in the others it is given a tree that
 * it does not read. The authors' code estimates behind the last step of each interval, this driver, as optax, in the first.
 *
 * Defaults: updateInterval = 10, that of `sophia`; donate = false. Errors: `bad-rule` for an optimizer that does not read `hessianDiagonal` and for one
 * that takes its gradients at draws; `bad-argument` without an estimator, and for an unknown option; those of `valueAndGrad` and `step`.
 * Source: Liu et al. 2023, Algorithm 3, arXiv 2305.14342.
 */
export const withHessianDiagonal = <P extends ParamsLike<P>, S, Batch extends readonly unknown[]>(
  loss: (params: P, ...batch: Batch) => tf.Tensor,
  tx: GradientTransformation<S>,
  options: HessianDiagonalOptions<P, Batch>,
  ...excess: Excess
): Trainer<CurvedState<P, S>, P, Batch> => {
  noExcess('withHessianDiagonal', excess)
  return withHessianDiagonalOn(tfjsTraining)(loss, tx, options)
}
