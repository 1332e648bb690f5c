import { checkOptimizer } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'
import { chain } from '../combinators/chain.ts'
import { type AddDecayedWeightsOptions, addDecayedWeights, decayKinds } from '../rules/addDecayedWeights.ts'
import { lapropKinds, type ScaleByLapropOptions, scaleByLaprop } from '../rules/scaleByLaprop.ts'
import { scaleByLearningRate } from '../rules/scaleByLearningRate.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'

/** Options of `laprop`. */
export interface LapropOptions extends ScaleByLapropOptions, AddDecayedWeightsOptions, PredictOptions {}

/**
 * LaProp: a momentum of gradients that are normalised first.
 *
 *     w' = w − learningRate·(scaleByLaprop(g) + weightDecay·w)
 *
 * With `predictSteps` the direction of `scaleByLaprop` is also the forecast; the decay stays out of it.
 *
 * Defaults: those of `scaleByLaprop`; weightDecay = 0, every leaf decays, no forecast. learningRate and weightDecay may be
 * schedules.
 * Errors: `bad-hyperparameter`, as `scaleByLaprop` and `addDecayedWeights`; `missing-params`.
 * Source: Ziyin et al. 2020, Algorithm 1, arXiv 2002.04839.
 */
export const laprop = <H extends PredictSteps = undefined>(
  learningRate: Hyper,
  options: LapropOptions & PredictOptions<H> = {},
  ...excess: Excess
) => {
  checkOptimizer('laprop', learningRate, options, { ...lapropKinds, ...decayKinds, ...predictKinds }, excess)
  const { weightDecay = 0, mask, predictSteps, ...own } = options
  return chain(
    scaleByLaprop(own),
    ...forecast<H>(predictSteps, learningRate),
    addDecayedWeights({ weightDecay, mask }),
    scaleByLearningRate(learningRate),
  )
}
