/** The losses on TensorFlow.js: unreduced, stable, differentiated by tfjs. */

import * as tf from '@tensorflow/tfjs-core'
import { binaryDiceLoss as binaryDiceLossOf } from '../transforms/losses/binaryDiceLoss.ts'
import { convexKlDivergence as convexKlDivergenceOf } from '../transforms/losses/convexKlDivergence.ts'
import { cosineDistance as cosineDistanceOf } from '../transforms/losses/cosineDistance.ts'
import { cosineSimilarity as cosineSimilarityOf } from '../transforms/losses/cosineSimilarity.ts'
import { ctcLoss as ctcLossOf } from '../transforms/losses/ctcLoss.ts'
import { ctcLossWithForwardProbs as ctcLossWithForwardProbsOf } from '../transforms/losses/ctcLossWithForwardProbs.ts'
import { diceLoss as diceLossOf } from '../transforms/losses/diceLoss.ts'
import { generalizedKlDivergence as generalizedKlDivergenceOf } from '../transforms/losses/generalizedKlDivergence.ts'
import { hingeLoss as hingeLossOf } from '../transforms/losses/hingeLoss.ts'
import { huberLoss as huberLossOf } from '../transforms/losses/huberLoss.ts'
import { klDivergence as klDivergenceOf } from '../transforms/losses/klDivergence.ts'
import { klDivergenceWithLogTargets as klDivergenceWithLogTargetsOf } from '../transforms/losses/klDivergenceWithLogTargets.ts'
import { l2Loss as l2LossOf } from '../transforms/losses/l2Loss.ts'
import { logCosh as logCoshOf } from '../transforms/losses/logCosh.ts'
import { makeFenchelYoungLoss as makeFenchelYoungLossOf } from '../transforms/losses/makeFenchelYoungLoss.ts'
import { multiclassGeneralizedDiceLoss as multiclassGeneralizedDiceLossOf } from '../transforms/losses/multiclassGeneralizedDiceLoss.ts'
import { multiclassHingeLoss as multiclassHingeLossOf } from '../transforms/losses/multiclassHingeLoss.ts'
import { multiclassPerceptronLoss as multiclassPerceptronLossOf } from '../transforms/losses/multiclassPerceptronLoss.ts'
import { multiclassSparsemaxLoss as multiclassSparsemaxLossOf } from '../transforms/losses/multiclassSparsemaxLoss.ts'
import { ntxent as ntxentOf } from '../transforms/losses/ntxent.ts'
import { perceptronLoss as perceptronLossOf } from '../transforms/losses/perceptronLoss.ts'
import { polyLossCrossEntropy as polyLossCrossEntropyOf } from '../transforms/losses/polyLossCrossEntropy.ts'
import { rankingSoftmaxLoss as rankingSoftmaxLossOf } from '../transforms/losses/rankingSoftmaxLoss.ts'
import { safeSoftmaxCrossEntropy as safeSoftmaxCrossEntropyOf } from '../transforms/losses/safeSoftmaxCrossEntropy.ts'
import { sigmoidBinaryCrossEntropy as sigmoidBinaryCrossEntropyOf } from '../transforms/losses/sigmoidBinaryCrossEntropy.ts'
import { sigmoidFocalLoss as sigmoidFocalLossOf } from '../transforms/losses/sigmoidFocalLoss.ts'
import { smoothLabels as smoothLabelsOf } from '../transforms/losses/smoothLabels.ts'
import { softmaxCrossEntropy as softmaxCrossEntropyOf } from '../transforms/losses/softmaxCrossEntropy.ts'
import { softmaxCrossEntropyWithIntegerLabels as softmaxCrossEntropyWithIntegerLabelsOf } from '../transforms/losses/softmaxCrossEntropyWithIntegerLabels.ts'
import { sparsemaxLoss as sparsemaxLossOf } from '../transforms/losses/sparsemaxLoss.ts'
import { squaredError as squaredErrorOf } from '../transforms/losses/squaredError.ts'
import { onTensors, tensorLosses } from '../transforms/losses/tensors.ts'
import { tripletMarginLoss as tripletMarginLossOf } from '../transforms/losses/tripletMarginLoss.ts'
import { type Excess, noExcess } from './data/excess.ts'

export type { BinaryDiceLossOptions } from '../transforms/losses/binaryDiceLoss.ts'
export type { CosineOptions } from '../transforms/losses/cosineSimilarity.ts'
export type { CtcLossOptions } from '../transforms/losses/ctcLossWithForwardProbs.ts'
export type { DiceLossOptions } from '../transforms/losses/diceLoss.ts'
export type { Axis } from '../transforms/losses/given.ts'
export type { HuberLossOptions } from '../transforms/losses/huberLoss.ts'
export type { MulticlassGeneralizedDiceLossOptions } from '../transforms/losses/multiclassGeneralizedDiceLoss.ts'
export type { NtxentOptions } from '../transforms/losses/ntxent.ts'
export type { PolyLossOptions } from '../transforms/losses/polyLossCrossEntropy.ts'
export type { RankingSoftmaxLossOptions } from '../transforms/losses/rankingSoftmaxLoss.ts'
export type { SigmoidFocalLossOptions } from '../transforms/losses/sigmoidFocalLoss.ts'
export type { AxisOptions } from '../transforms/losses/softmaxCrossEntropy.ts'
export type { IntegerLabelsOptions } from '../transforms/losses/softmaxCrossEntropyWithIntegerLabels.ts'
export type { TripletMarginLossOptions } from '../transforms/losses/tripletMarginLoss.ts'

export const binaryDiceLoss = /* @__PURE__ */ onTensors(binaryDiceLossOf)
export const convexKlDivergence = /* @__PURE__ */ onTensors(convexKlDivergenceOf)
export const cosineDistance = /* @__PURE__ */ onTensors(cosineDistanceOf)
export const cosineSimilarity = /* @__PURE__ */ onTensors(cosineSimilarityOf)
export const ctcLoss = /* @__PURE__ */ onTensors(ctcLossOf)
export const ctcLossWithForwardProbs = /* @__PURE__ */ onTensors(ctcLossWithForwardProbsOf)
export const diceLoss = /* @__PURE__ */ onTensors(diceLossOf)
export const generalizedKlDivergence = /* @__PURE__ */ onTensors(generalizedKlDivergenceOf)
export const hingeLoss = /* @__PURE__ */ onTensors(hingeLossOf)
export const huberLoss = /* @__PURE__ */ onTensors(huberLossOf)
export const klDivergence = /* @__PURE__ */ onTensors(klDivergenceOf)
export const klDivergenceWithLogTargets = /* @__PURE__ */ onTensors(klDivergenceWithLogTargetsOf)
export const l2Loss = /* @__PURE__ */ onTensors(l2LossOf)
export const logCosh = /* @__PURE__ */ onTensors(logCoshOf)
export const multiclassGeneralizedDiceLoss = /* @__PURE__ */ onTensors(multiclassGeneralizedDiceLossOf)
export const multiclassHingeLoss = /* @__PURE__ */ onTensors(multiclassHingeLossOf)
export const multiclassPerceptronLoss = /* @__PURE__ */ onTensors(multiclassPerceptronLossOf)
export const multiclassSparsemaxLoss = /* @__PURE__ */ onTensors(multiclassSparsemaxLossOf)
export const ntxent = /* @__PURE__ */ onTensors(ntxentOf)
export const perceptronLoss = /* @__PURE__ */ onTensors(perceptronLossOf)
export const polyLossCrossEntropy = /* @__PURE__ */ onTensors(polyLossCrossEntropyOf)
export const rankingSoftmaxLoss = /* @__PURE__ */ onTensors(rankingSoftmaxLossOf)
export const safeSoftmaxCrossEntropy = /* @__PURE__ */ onTensors(safeSoftmaxCrossEntropyOf)
export const sigmoidBinaryCrossEntropy = /* @__PURE__ */ onTensors(sigmoidBinaryCrossEntropyOf)
export const sigmoidFocalLoss = /* @__PURE__ */ onTensors(sigmoidFocalLossOf)
export const smoothLabels = /* @__PURE__ */ onTensors(smoothLabelsOf)
export const softmaxCrossEntropy = /* @__PURE__ */ onTensors(softmaxCrossEntropyOf)
export const softmaxCrossEntropyWithIntegerLabels = /* @__PURE__ */ onTensors(softmaxCrossEntropyWithIntegerLabelsOf)
export const sparsemaxLoss = /* @__PURE__ */ onTensors(sparsemaxLossOf)
export const squaredError = /* @__PURE__ */ onTensors(squaredErrorOf)
export const tripletMarginLoss = /* @__PURE__ */ onTensors(tripletMarginLossOf)

/** As a function of the two arrays, its tensors tidied. */
export const makeFenchelYoungLoss = <More extends unknown[]>(
  maxFun: (scores: tf.Tensor, ...more: More) => tf.Tensor,
  ...excess: Excess
): ((scores: tf.Tensor, targets: tf.Tensor, ...more: More) => tf.Tensor) => {
  noExcess('makeFenchelYoungLoss', excess)
  const loss = makeFenchelYoungLossOf(tensorLosses)(maxFun)
  return (scores, targets, ...more) => tf.tidy(() => loss(scores, targets, ...more))
}
