import { checkOptimizer } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'
import { chain } from '../combinators/chain.ts'
import { adamKinds, type ScaleByAdamOptions, scaleByAdam } from '../rules/scaleByAdam.ts'
import { scaleByLearningRate } from '../rules/scaleByLearningRate.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'

/** Options of `adam`. */
export interface AdamOptions extends ScaleByAdamOptions, PredictOptions {}

/**
 * Adam.
 *
 *     w' = w − learningRate·scaleByAdam(g)
 *
 * The direction is that of `scaleByAdam`; with `predictSteps` it is also the forecast.
 *
 * Defaults: those of `scaleByAdam`; no forecast. learningRate may be a schedule.
 * Errors: `bad-hyperparameter`, as `scaleByAdam`.
 * Source: Kingma & Ba 2015, arXiv 1412.6980; optax, `adam`.
 */
export const adam = <H extends PredictSteps = undefined>(
  learningRate: Hyper,
  options: AdamOptions & PredictOptions<H> = {},
  ...excess: Excess
) => {
  checkOptimizer('adam', learningRate, options, { ...adamKinds, ...predictKinds }, excess)
  const { predictSteps, ...own } = options
  return chain(scaleByAdam(own), ...forecast<H>(predictSteps, learningRate), scaleByLearningRate(learningRate))
}
