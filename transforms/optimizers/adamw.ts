import { checkOptimizer } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'
import { chain } from '../combinators/chain.ts'
import { type AddDecayedWeightsOptions, addDecayedWeights, decayKinds } from '../rules/addDecayedWeights.ts'
import { adamKinds, type ScaleByAdamOptions, scaleByAdam } from '../rules/scaleByAdam.ts'
import { scaleByLearningRate } from '../rules/scaleByLearningRate.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'

/** Options of `adamw`. */
export interface AdamwOptions extends ScaleByAdamOptions, AddDecayedWeightsOptions, PredictOptions {}

/**
 * Adam with decoupled weight decay.
 *
 *     w' = w − learningRate·(scaleByAdam(g) + weightDecay·w)
 *
 * With `predictSteps` the next gradient is taken at w' − steps·learningRate·scaleByAdam(g): the forecast leaves the decay out, as the
 * paper's code does. `mask` says which leaves decay.
 *
 * Defaults: those of `scaleByAdam`; weightDecay = 1e-4, every leaf decays, no forecast. learningRate and weightDecay may be schedules.
 * Errors: `bad-hyperparameter`, as `scaleByAdam` and `addDecayedWeights`; `missing-params`.
 * Source: Loshchilov & Hutter 2019, arXiv 1711.05101; optax, `adamw`; forecast: Guan 2023, arXiv 2302.00195.
 */
export const adamw = <H extends PredictSteps = undefined>(
  learningRate: Hyper,
  options: AdamwOptions & PredictOptions<H> = {},
  ...excess: Excess
) => {
  checkOptimizer('adamw', learningRate, options, { ...adamKinds, ...decayKinds, ...predictKinds }, excess)
  const { weightDecay = 1e-4, mask, predictSteps, ...own } = options
  return chain(
    scaleByAdam(own),
    ...forecast<H>(predictSteps, learningRate),
    addDecayedWeights({ weightDecay, mask }),
    scaleByLearningRate(learningRate),
  )
}
