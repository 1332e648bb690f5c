import type * as tf from '@tensorflow/tfjs-core'
import { type Excess, noExcess } from '../../../lib/data/excess.ts'
import { sizeOf } from '../../../lib/data/shape.ts'
import type { Shaped } from '../../../lib/hosts/engine.ts'
import { byScores, factorsOf, type OnScores, type Reweight, type Scores } from './logits.ts'

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
  return byScores('boostedBases: logits', logits, (on, exits) => bases(on, exits, rho))
}

const bases = <A extends Shaped>({ ops, frozen }: OnScores<A>, exits: readonly A[], rho: Reweight): A[] => {
  const factors = factorsOf('boostedBases', rho, exits.length)
  const { shape } = exits[0] as A
  let base = ops.make(new Float64Array(sizeOf(shape)), shape)
  return exits.map((scores, n) => {
    const own = base
    base = frozen(ops.mul(ops.add(scores, own), factors[n] as number))
    return own
  })
}

/** The scores that each exit is trained by: f_n + E_n. */
export function trainedScores(logits: readonly tf.Tensor2D[], rho: Reweight): tf.Tensor2D[]
export function trainedScores(logits: readonly Scores[], rho: Reweight): Scores[]
export function trainedScores(logits: readonly unknown[], rho: Reweight): unknown[] {
  return byScores('boostedBases: logits', logits, (on, exits) => {
    const before = bases(on, exits, rho)
    return exits.map((scores, n) => on.ops.add(scores, before[n] as typeof scores))
  })
}
