import type * as tf from '@tensorflow/tfjs-core'
import { checkRunArgument, oneOf } from '../../../lib/check/options.ts'
import { type Excess, noExcess } from '../../../lib/data/excess.ts'
import type { Shaped } from '../../../lib/hosts/engine.ts'
import { byScores, factorsOf, type OnScores, type Reweight, type Scores } from './logits.ts'

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
  return byScores('boostedPredict: logits', logits, (on, exits) => {
    const factors = factorsOf('boostedPredict', rho, exits.length)
    checkRunArgument('boostedPredict: indexing', indexing, oneOf('inference', 'training'))
    return sums(
      on,
      exits,
      exits.map((_, n) => factors[indexing === 'inference' ? n : n - 1] ?? 0),
    )
  })
}

const sums = <A extends Shaped>({ ops }: OnScores<A>, exits: readonly A[], rho: readonly number[]): A[] => {
  const made: A[] = []
  exits.forEach((scores, n) => {
    const before = made[n - 1]
    made.push(before === undefined ? scores : ops.add(scores, ops.mul(before, rho[n] as number)))
  })
  return made
}
