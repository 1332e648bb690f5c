import { checkOptimizer } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'
import { chain } from '../combinators/chain.ts'
import { type AddDecayedWeightsOptions, addDecayedWeights, decayKinds } from '../rules/addDecayedWeights.ts'
import { ademamixKinds, type ScaleByAdemamixOptions, scaleByAdemamix } from '../rules/scaleByAdemamix.ts'
import { scaleByLearningRate } from '../rules/scaleByLearningRate.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'

/** Options of `ademamix`. */
export interface AdemamixOptions extends ScaleByAdemamixOptions, AddDecayedWeightsOptions, PredictOptions {}

/**
 * AdEMAMix: AdamW with a second, much longer memory of gradients.
 *
 *     w' = w − learningRate·(scaleByAdemamix(g) + weightDecay·w)
 *
 * With `predictSteps` the direction of `scaleByAdemamix` is also the forecast; the decay stays out of it.
 *
 * Defaults: those of `scaleByAdemamix`, but alpha = 5; weightDecay = 0, every leaf decays, no forecast. learningRate and weightDecay may be
 * schedules.
 * Errors: `bad-hyperparameter`, as `scaleByAdemamix` and `addDecayedWeights`; `missing-params`.
 * Source: Pagliardini et al. 2024, Algorithm 1, arXiv 2409.03137; optax, `contrib.ademamix`.
 */
export const ademamix = <H extends PredictSteps = undefined>(
  learningRate: Hyper,
  options: AdemamixOptions & PredictOptions<H> = {},
  ...excess: Excess
) => {
  checkOptimizer('ademamix', learningRate, options, { ...ademamixKinds, ...decayKinds, ...predictKinds }, excess)
  const { alpha = 5, weightDecay = 0, mask, predictSteps, ...own } = options
  return chain(
    scaleByAdemamix({ ...own, alpha }),
    ...forecast<H>(predictSteps, learningRate),
    addDecayedWeights({ weightDecay, mask }),
    scaleByLearningRate(learningRate),
  )
}
