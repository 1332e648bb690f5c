import type * as tf from '@tensorflow/tfjs-core'
import { checkRunArgument, oneOf } from '../../../lib/check/options.ts'
import { type Excess, noExcess } from '../../../lib/data/excess.ts'
import {
  areTensors,
  factorsOf,
  numberScores,
  type Reweight,
  type Scores,
  type ScoresOf,
  tensorScores,
} from './logits.ts'

/** Which exit's factor shrinks the sum before exit n: its own, as in the authors' inference, or that of the exit before, as in training. */
export type Indexing = 'inference' | 'training'

/**
 * The scores with which each exit of a boosted network predicts.
 *
 *     P_0 = f_0;  P_n = f_n + rho_n·P_(n−1)
 *
 * The class is argmax P_n, the confidence max softmax(P_n). The authors' inference takes rho_n where their training takes rho_(n−1): the two
 * agree for one constant rho only, so prefer that, or `indexing` 'training', which uses rho_(n−1) here too.
 *
 * Shapes: as the scores, [rows, classes], one list entry an exit. Scores are tensors, or plain numbers.
 * Defaults: rho = 0.5, indexing = 'inference'. Errors: `bad-hyperparameter`, `bad-argument`.
 * Source: Yu et al. 2023, arXiv 2211.16726, section 3; code `DynamicNet.forward_all`.
 */
export function boostedPredict(logits: readonly tf.Tensor2D[], rho?: Reweight, indexing?: Indexing): tf.Tensor2D[]
export function boostedPredict(logits: readonly Scores[], rho?: Reweight, indexing?: Indexing): Scores[]
export function boostedPredict(
  logits: readonly unknown[],
  rho: Reweight = 0.5,
  indexing: Indexing = 'inference',
  ...excess: Excess
): unknown[] {
  noExcess('boostedPredict', excess)
  const isOnTensors = areTensors('boostedPredict: logits', logits)
  const factors = factorsOf('boostedPredict', rho, logits.length)
  checkRunArgument('boostedPredict: indexing', indexing, oneOf('inference', 'training'))
  const before = logits.map((_, n) => factors[indexing === 'inference' ? n : n - 1] ?? 0)
  return isOnTensors
    ? sums(tensorScores, logits as readonly tf.Tensor2D[], before)
    : sums(numberScores, logits as readonly Scores[], before)
}

const sums = <A>({ add, scale }: ScoresOf<A>, logits: readonly A[], rho: readonly number[]): A[] => {
  const made: A[] = []
  logits.forEach((scores, n) => {
    const before = made[n - 1]
    made.push(before === undefined ? scores : add(scores, scale(before, rho[n] as number)))
  })
  return made
}
