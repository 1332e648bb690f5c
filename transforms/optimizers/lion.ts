import { checkOptimizer } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'
import { chain } from '../combinators/chain.ts'
import { type AddDecayedWeightsOptions, addDecayedWeights, decayKinds } from '../rules/addDecayedWeights.ts'
import { scaleByLearningRate } from '../rules/scaleByLearningRate.ts'
import { lionKinds, type ScaleByLionOptions, scaleByLion } from '../rules/scaleByLion.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'

/** Options of `lion`. */
export interface LionOptions extends ScaleByLionOptions, AddDecayedWeightsOptions, PredictOptions {}

/**
 * Lion: the sign of a momentum, with decoupled weight decay.
 *
 *     w' = w − learningRate·(scaleByLion(g) + weightDecay·w)
 *
 * With `predictSteps` the direction of `scaleByLion` is also the forecast; the decay stays out of it.
 *
 * Defaults: those of `scaleByLion`; weightDecay = 1e-3, every leaf decays, no forecast. learningRate and weightDecay may be schedules.
 * Errors: `bad-hyperparameter`, as `scaleByLion` and `addDecayedWeights`; `missing-params`.
 * Source: Chen et al. 2023, arXiv 2302.06675; optax, `lion`.
 */
export const lion = <H extends PredictSteps = undefined>(
  learningRate: Hyper,
  options: LionOptions & PredictOptions<H> = {},
  ...excess: Excess
) => {
  checkOptimizer('lion', learningRate, options, { ...lionKinds, ...decayKinds, ...predictKinds }, excess)
  const { weightDecay = 1e-3, mask, predictSteps, ...own } = options
  return chain(
    scaleByLion(own),
    ...forecast<H>(predictSteps, learningRate),
    addDecayedWeights({ weightDecay, mask }),
    scaleByLearningRate(learningRate),
  )
}
