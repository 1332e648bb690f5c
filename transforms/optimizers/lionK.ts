import { checkOptimizer } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'
import { chain } from '../combinators/chain.ts'
import { type AddDecayedWeightsOptions, addDecayedWeights, decayKinds } from '../rules/addDecayedWeights.ts'
import { scaleByLearningRate } from '../rules/scaleByLearningRate.ts'
import { lionKKinds, type ScaleByLionKOptions, scaleByLionK } from '../rules/scaleByLionK.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'

/** Options of `lionK`. */
export interface LionKOptions extends ScaleByLionKOptions, AddDecayedWeightsOptions, PredictOptions {}

/**
 * Lion-K: Lion with the gradient of any convex function in the place of the sign.
 *
 *     w' = w − learningRate·(scaleByLionK(g) + weightDecay·w)
 *
 * With `predictSteps` the direction of `scaleByLionK` is also the forecast; the decay stays out of it.
 *
 * Defaults: those of `scaleByLionK`; weightDecay = 1e-3, every leaf decays, no forecast. learningRate and weightDecay may be
 * schedules.
 * Errors: `bad-hyperparameter`, as `scaleByLionK` and `addDecayedWeights`; `missing-params`.
 * Source: Chen et al. 2024, arXiv 2310.05898.
 */
export const lionK = <H extends PredictSteps = undefined>(
  learningRate: Hyper,
  options: LionKOptions & PredictOptions<H> = {},
  ...excess: Excess
) => {
  checkOptimizer('lionK', learningRate, options, { ...lionKKinds, ...decayKinds, ...predictKinds }, excess)
  const { weightDecay = 1e-3, mask, predictSteps, ...own } = options
  return chain(
    scaleByLionK(own),
    ...forecast<H>(predictSteps, learningRate),
    addDecayedWeights({ weightDecay, mask }),
    scaleByLearningRate(learningRate),
  )
}
