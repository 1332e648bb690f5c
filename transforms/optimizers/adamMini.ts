import { checkOptimizer } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'
import { chain } from '../combinators/chain.ts'
import { type AddDecayedWeightsOptions, addDecayedWeights, decayKinds } from '../rules/addDecayedWeights.ts'
import { adamMiniKinds, type ScaleByAdamMiniOptions, scaleByAdamMini } from '../rules/scaleByAdamMini.ts'
import { scaleByLearningRate } from '../rules/scaleByLearningRate.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'

/** Options of `adamMini`. */
export interface AdamMiniOptions extends ScaleByAdamMiniOptions, AddDecayedWeightsOptions, PredictOptions {}

/**
 * Adam-mini: AdamW with one second moment for each block of parameters, so that its state is half as large.
 *
 *     w' = w − learningRate·(scaleByAdamMini(g) + weightDecay·w)
 *
 * With `predictSteps` the direction before decay is the forecast. `mask` says which leaves decay; the published code leaves out biases and gains.
 *
 * Defaults: those of `scaleByAdamMini`; weightDecay = 0, every leaf decays, no forecast. learningRate and weightDecay may be schedules.
 * Errors: `bad-hyperparameter`; `missing-params`; `bad-rule`, as `scaleByAdamMini`.
 * Source: Zhang et al. 2024, arXiv 2406.16793.
 */
export const adamMini = <H extends PredictSteps = undefined>(
  learningRate: Hyper,
  options: AdamMiniOptions & PredictOptions<H> = {},
  ...excess: Excess
) => {
  checkOptimizer('adamMini', learningRate, options, { ...adamMiniKinds, ...decayKinds, ...predictKinds }, excess)
  const { weightDecay = 0, mask, predictSteps, ...own } = options
  return chain(
    scaleByAdamMini(own),
    ...forecast<H>(predictSteps, learningRate),
    addDecayedWeights({ weightDecay, mask }),
    scaleByLearningRate(learningRate),
  )
}
