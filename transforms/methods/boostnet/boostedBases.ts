import type * as tf from '@tensorflow/tfjs-core'
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

/**
 * What each exit of a boosted network is added to in training: the exits before it, shrunk and frozen.
 *
 *     E_0 = 0;  E_(n+1) = rho_n·(f_n + E_n), no gradient through any of them
 *
 * Exit n then predicts with f_n + E_n. `rho` is one number or one an exit. Scores are tensors, or plain numbers.
 *
 * Shapes: as the scores, [rows, classes], one list entry an exit. Default: rho = 0.5, as in all of the authors' scripts.
 * Errors: `bad-hyperparameter`, `bad-argument`. Source: Yu et al. 2023, arXiv 2211.16726, section 3; code `DynamicNet.forward`.
 */
export function boostedBases(logits: readonly tf.Tensor2D[], rho?: Reweight): tf.Tensor2D[]
export function boostedBases(logits: readonly Scores[], rho?: Reweight): Scores[]
export function boostedBases(logits: readonly unknown[], rho: Reweight = 0.5, ...excess: Excess): unknown[] {
  noExcess('boostedBases', excess)
  const isOnTensors = areTensors('boostedBases: logits', logits)
  const factors = factorsOf('boostedBases', rho, logits.length)
  return isOnTensors
    ? bases(tensorScores, logits as readonly tf.Tensor2D[], factors)
    : bases(numberScores, logits as readonly Scores[], factors)
}

const bases = <A>({ zeros, add, scale, frozen }: ScoresOf<A>, logits: readonly A[], rho: readonly number[]): A[] => {
  let base = zeros(logits[0] as A)
  return logits.map((scores, n) => {
    const own = base
    base = frozen(scale(add(scores, own), rho[n] as number))
    return own
  })
}
