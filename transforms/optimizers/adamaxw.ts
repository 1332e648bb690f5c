import { checkOptimizer } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'
import { chain } from '../combinators/chain.ts'
import { type AddDecayedWeightsOptions, addDecayedWeights, decayKinds } from '../rules/addDecayedWeights.ts'
import { adamaxKinds, type ScaleByAdamaxOptions, scaleByAdamax } from '../rules/scaleByAdamax.ts'
import { scaleByLearningRate } from '../rules/scaleByLearningRate.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'

/** Options of `adamaxw`. */
export interface AdamaxwOptions extends ScaleByAdamaxOptions, AddDecayedWeightsOptions, PredictOptions {}

/**
 * AdaMax with decoupled weight decay.
 *
 *     w' = w − learningRate·(scaleByAdamax(g) + weightDecay·w)
 *
 * With `predictSteps` the direction of `scaleByAdamax` is also the forecast; the decay stays out of it.
 *
 * Defaults: those of `scaleByAdamax`; weightDecay = 1e-4, every leaf decays, no forecast. learningRate and weightDecay may be schedules.
 * Errors: `bad-hyperparameter`, as `scaleByAdamax` and `addDecayedWeights`; `missing-params`.
 * Source: Kingma & Ba 2015, Algorithm 2, arXiv 1412.6980; Loshchilov & Hutter 2019, arXiv 1711.05101; optax, `adamaxw`.
 */
export const adamaxw = <H extends PredictSteps = undefined>(
  learningRate: Hyper,
  options: AdamaxwOptions & PredictOptions<H> = {},
  ...excess: Excess
) => {
  checkOptimizer('adamaxw', learningRate, options, { ...adamaxKinds, ...decayKinds, ...predictKinds }, excess)
  const { weightDecay = 1e-4, mask, predictSteps, ...own } = options
  return chain(
    scaleByAdamax(own),
    ...forecast<H>(predictSteps, learningRate),
    addDecayedWeights({ weightDecay, mask }),
    scaleByLearningRate(learningRate),
  )
}
