import { checkOptimizer } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'
import { chain } from '../combinators/chain.ts'
import { type AddDecayedWeightsOptions, addDecayedWeights, decayKinds } from '../rules/addDecayedWeights.ts'
import { scaleByLearningRate } from '../rules/scaleByLearningRate.ts'
import {
  type ScaleBySimplifiedAdemamixOptions,
  scaleBySimplifiedAdemamix,
  simplifiedAdemamixKinds,
} from '../rules/scaleBySimplifiedAdemamix.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'

/** Options of `simplifiedAdemamix`. */
export interface SimplifiedAdemamixOptions
  extends ScaleBySimplifiedAdemamixOptions,
    AddDecayedWeightsOptions,
    PredictOptions {}

/**
 * Simplified AdEMAMix: the gradient and a sum of gradients over Adam's second moment.
 *
 *     w' = w − learningRate·(scaleBySimplifiedAdemamix(g) + weightDecay·w)
 *
 * With `predictSteps` the direction of `scaleBySimplifiedAdemamix` is also the forecast; the decay stays out of it.
 *
 * Defaults: those of `scaleBySimplifiedAdemamix`; weightDecay = 0, every leaf decays, no forecast. learningRate and weightDecay may be
 * schedules.
 * Errors: `bad-hyperparameter`, as `scaleBySimplifiedAdemamix` and `addDecayedWeights`; `missing-params`.
 * Source: Morwani et al. 2025, arXiv 2502.02431; optax, `contrib.simplified_ademamix`.
 */
export const simplifiedAdemamix = <H extends PredictSteps = undefined>(
  learningRate: Hyper,
  options: SimplifiedAdemamixOptions & PredictOptions<H> = {},
  ...excess: Excess
) => {
  checkOptimizer(
    'simplifiedAdemamix',
    learningRate,
    options,
    {
      ...simplifiedAdemamixKinds,
      ...decayKinds,
      ...predictKinds,
    },
    excess,
  )
  const { weightDecay = 0, mask, predictSteps, ...own } = options
  return chain(
    scaleBySimplifiedAdemamix(own),
    ...forecast<H>(predictSteps, learningRate),
    addDecayedWeights({ weightDecay, mask }),
    scaleByLearningRate(learningRate),
  )
}
