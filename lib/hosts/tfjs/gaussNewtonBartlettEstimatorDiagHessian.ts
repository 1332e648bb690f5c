import * as tf from '@tensorflow/tfjs-core'
import { raiseFaults, soundFaults } from '../../check/check.ts'
import { type Excess, noExcess } from '../../data/excess.ts'
import { scoresTensor } from '../../errors/tfjs.ts'
import { tensorsAdvice } from '../../errors/trees.ts'
import type { ParamsLike } from '../../form/transformation.ts'
import { type GaussNewtonBartlettOptions, gaussNewtonBartlettOn } from '../../train/gaussNewtonBartlett.ts'
import { checkLossFunction } from './loss.ts'
import { tensorLeaf } from './tensorLeaf.ts'
import { tfjsTraining } from './trainingHost.ts'

/** The mean over all examples of −log softmax(scores) at their classes. */
const crossEntropy = (scores: tf.Tensor, labels: tf.Tensor): tf.Tensor =>
  tf.neg(tf.mean(tf.sum(tf.mul(labels, tf.logSoftmax(scores)), -1)))

/**
 * Gauss–Newton–Bartlett's estimate of the diagonal of the Hessian of a classifier's cross-entropy, as a function of the number of the probe, the
 * parameters and a batch.
 *
 *     f = logits(params, ...batch), the scores before the softmax; B = how many examples they are of
 *     ŷ_b drawn with the probabilities softmax(f_b): the class with the largest of f + gumbels(key, size, { step })
 *     L̂ = 1/B·Σ_b −log softmax(f_b)[ŷ_b];  h = B·(∇L̂)², element by element
 *
 * The mean of h over the labels is the diagonal of the Gauss–Newton matrix: never negative, and without a second derivative. The labels of the
 * batch are not looked at. The authors' code leaves the factor B out, and has a larger gamma instead.
 * Sophia's curvature: `withHessianDiagonal(loss, sophia(rate), { estimator })`.
 *
 * Shapes: the scores have their classes along the last axis, all other axes are examples (tokens, too); h is shaped like `params`. The caller disposes
 * it. The scores are computed twice, once for the labels. Nothing is read, so it runs on WebGPU.
 * Errors: `bad-hyperparameter` for what is no key; `bad-argument` for scores of no example or no class; those of `valueAndGrad`.
 * Source: Liu et al. 2023, Algorithm 2, arXiv 2305.14342; github.com/Liuhong99/Sophia.
 */
export const gaussNewtonBartlettEstimatorDiagHessian = <P extends ParamsLike<P>, Batch extends readonly unknown[]>(
  logits: (params: P, ...batch: Batch) => tf.Tensor,
  options: GaussNewtonBartlettOptions,
  ...excess: Excess
): ((step: number, params: P, ...batch: Batch) => P) => {
  const name = 'gaussNewtonBartlettEstimatorDiagHessian'
  noExcess(name, excess)
  const loss = (params: P, labels: tf.Tensor, ...batch: Batch): tf.Tensor =>
    crossEntropy(logits(params, ...batch), labels)
  const estimate = gaussNewtonBartlettOn(tfjsTraining)<P, Batch>(logits, loss, options)
  checkLossFunction(logits, `${name}: logits`, scoresTensor)
  return (step, params, ...batch) => {
    raiseFaults(soundFaults(params, `${name}: params`, tensorLeaf), tensorsAdvice)
    return estimate(step, params, ...batch)
  }
}
