import * as tf from '@tensorflow/tfjs-core'
import { checkOptions, type Kind } from '../../../lib/check/options.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import { trainedScores } from './boostedBases.ts'
import { areTensors, type Reweight, reweightKind, type Scores } from './logits.ts'

/** Options of `boostedLosses`. */
export interface BoostedLossesOptions {
  readonly reweight?: Reweight
  readonly lossFn?: (logits: tf.Tensor2D, labels: tf.Tensor) => tf.Scalar
}

const aLoss: Kind = { expected: 'a function of logits and labels', test: (x) => typeof x === 'function' }

const meanCrossEntropy = (logits: tf.Tensor2D, labels: tf.Tensor): tf.Scalar =>
  tf.losses.softmaxCrossEntropy(tf.oneHot(tf.reshape(labels, [-1]) as tf.Tensor1D, logits.shape[1]), logits)

/** −log softmax(row)[label] */
const surprise = (row: readonly number[], label: number): number => {
  const most = Math.max(...row)
  return Math.log(row.reduce((sum, x) => sum + Math.exp(x - most), 0)) + most - (row[label] as number)
}

const lossOfNumbers = (scores: Scores, labels: readonly number[]): number =>
  scores.reduce((sum, row, i) => sum + surprise(row, labels[i] as number), 0) / scores.length

/**
 * The loss of every exit of a boosted network: each one corrects the frozen sum of those before it. Their plain sum is what to minimise, with
 * any optimizer.
 *
 *     L_n = lossFn(f_n + E_n, labels),  E = boostedBases(logits, reweight)
 *
 * The gradient of the sum by f_n is (softmax(f_n + E_n) − onehot) / rows: no exit's loss reaches another exit's scores.
 *
 * Shapes: scores [rows, classes] an exit; labels [rows], class indices; one scalar an exit. On plain numbers one number an exit (lossFn is for tensors).
 * Defaults: reweight = 0.5, lossFn = the mean cross entropy. Errors: `bad-hyperparameter`, `bad-argument`.
 * Source: Yu et al. 2023, arXiv 2211.16726, section 3; code `DynamicNet.forward`.
 */
export function boostedLosses(
  logits: readonly tf.Tensor2D[],
  labels: tf.Tensor,
  options?: BoostedLossesOptions,
): tf.Scalar[]
export function boostedLosses(
  logits: readonly Scores[],
  labels: readonly number[],
  options?: BoostedLossesOptions,
): number[]
export function boostedLosses(
  logits: readonly tf.Tensor2D[] | readonly Scores[],
  labels: unknown,
  options: BoostedLossesOptions = {},
  ...excess: Excess
): tf.Scalar[] | number[] {
  checkOptions('boostedLosses', options, { reweight: reweightKind, lossFn: aLoss }, excess)
  const { reweight = 0.5, lossFn = meanCrossEntropy } = options
  if (areTensors('boostedLosses: logits', logits))
    return trainedScores(logits as readonly tf.Tensor2D[], reweight).map((scores) =>
      lossFn(scores, labels as tf.Tensor),
    )
  return trainedScores(logits as readonly Scores[], reweight).map((scores) =>
    lossOfNumbers(scores, labels as readonly number[]),
  )
}
