import { checkOptimizer } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'
import { chain } from '../combinators/chain.ts'
import { type AddDecayedWeightsOptions, addDecayedWeights, decayKinds } from '../rules/addDecayedWeights.ts'
import { adam3Kinds, type ScaleByAdam3Options, scaleByAdam3 } from '../rules/scaleByAdam3.ts'
import { scaleByLearningRate } from '../rules/scaleByLearningRate.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'

/** Options of `adam3`. */
export interface Adam3Options extends ScaleByAdam3Options, AddDecayedWeightsOptions, PredictOptions {}

/**
 * AdaM³: Adam whose second moment is that of the momentum, with decoupled weight decay.
 *
 *     w' = w − learningRate·(scaleByAdam3(g) + weightDecay·w)
 *
 * With `predictSteps` the direction of `scaleByAdam3` is also the forecast; the decay stays out of it.
 *
 * Defaults: those of `scaleByAdam3`; weightDecay = 0, every leaf decays, no forecast. learningRate and weightDecay may be schedules.
 * Errors: `bad-hyperparameter`, as `scaleByAdam3` and `addDecayedWeights`; `missing-params`.
 * Source: Wang et al. 2022, "Momentum is all you need"; the variant of XGrad, Guan et al. 2023, arXiv 2305.18240.
 */
export const adam3 = <H extends PredictSteps = undefined>(
  learningRate: Hyper,
  options: Adam3Options & PredictOptions<H> = {},
  ...excess: Excess
) => {
  checkOptimizer('adam3', learningRate, options, { ...adam3Kinds, ...decayKinds, ...predictKinds }, excess)
  const { weightDecay = 0, mask, predictSteps, ...own } = options
  return chain(
    scaleByAdam3(own),
    ...forecast<H>(predictSteps, learningRate),
    addDecayedWeights({ weightDecay, mask }),
    scaleByLearningRate(learningRate),
  )
}
