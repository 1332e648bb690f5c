import { checkOptimizer } from '../../../lib/check/options.ts'
import { type Excess, noExcess } from '../../../lib/data/excess.ts'
import { treeMap } from '../../../lib/data/tree.ts'
import type { LeafInfo } from '../../../lib/expr/expr.ts'
import type { Hyper } from '../../../lib/expr/schedule.ts'
import { chain } from '../../combinators/chain.ts'
import type { Mask } from '../../combinators/masked.ts'
import { type AddDecayedWeightsOptions, addDecayedWeights, decayKinds } from '../../rules/addDecayedWeights.ts'
import { adamKinds, type ScaleByAdamOptions, scaleByAdam } from '../../rules/scaleByAdam.ts'
import { scaleByLearningRate } from '../../rules/scaleByLearningRate.ts'

/** Options of `adamL2Masked`. */
export interface AdamL2MaskedOptions extends ScaleByAdamOptions, AddDecayedWeightsOptions {}

const isConvolution = ({ rank, path }: LeafInfo): boolean =>
  rank === 4 || path.some((step) => String(step).includes('conv'))

/**
 * Which leaves the authors' code decays: those of four axes and those with `conv` in their path.
 *
 * Their learnable shifts have four axes too and so decay, together with the real-valued first convolution; the intent is plainly the
 * convolutions' weights. Pass a mask of your own for another reading.
 */
export const convolutionMask: Mask = (params, ...excess: Excess) => {
  noExcess('convolutionMask', excess)
  return treeMap(params as never, (leaf) => isConvolution(leaf as unknown as LeafInfo)) as never
}

/**
 * Adam with L2 decay inside the gradient, on some leaves: the optimizer of both steps of training a binary network.
 *
 *     w' = w − learningRate·scaleByAdam(g + weightDecay·w where the mask is true, else g)
 *
 * The decay is coupled: it passes through Adam's moments, unlike that of `adamw`. With weightDecay = 0 it is `adam`.
 *
 * Defaults: those of `scaleByAdam`; weightDecay = 0, mask = `convolutionMask`. learningRate and weightDecay may be schedules.
 * Errors: `bad-hyperparameter`, as `scaleByAdam` and `addDecayedWeights`; `missing-params`.
 * Source: Liu et al. 2021, arXiv 2106.11309, code `train.py` (torch's Adam with weight_decay on one parameter group).
 */
export const adamL2Masked = (learningRate: Hyper, options: AdamL2MaskedOptions = {}, ...excess: Excess) => {
  checkOptimizer('adamL2Masked', learningRate, options, { ...adamKinds, ...decayKinds }, excess)
  const { weightDecay = 0, mask = convolutionMask, ...own } = options
  return chain(addDecayedWeights({ weightDecay, mask }), scaleByAdam(own), scaleByLearningRate(learningRate))
}
