import { checkOptimizer } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'
import { chain } from '../combinators/chain.ts'
import { scaleByLearningRate } from '../rules/scaleByLearningRate.ts'
import { rssKinds, type ScaleByRssOptions, scaleByRss } from '../rules/scaleByRss.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'

/** Options of `adagrad`. */
export interface AdagradOptions extends ScaleByRssOptions, PredictOptions {}

/**
 * Adagrad.
 *
 *     w' = w − learningRate·scaleByRss(g)
 *
 * The direction is that of `scaleByRss`; with `predictSteps` it is also the forecast.
 *
 * Defaults: those of `scaleByRss`; no forecast. learningRate may be a schedule.
 * Errors: `bad-hyperparameter`, as `scaleByRss`.
 * Source: Duchi et al. 2011, "Adaptive Subgradient Methods"; optax, `adagrad`.
 */
export const adagrad = <H extends PredictSteps = undefined>(
  learningRate: Hyper,
  options: AdagradOptions & PredictOptions<H> = {},
  ...excess: Excess
) => {
  checkOptimizer('adagrad', learningRate, options, { ...rssKinds, ...predictKinds }, excess)
  const { predictSteps, ...own } = options
  return chain(scaleByRss(own), ...forecast<H>(predictSteps, learningRate), scaleByLearningRate(learningRate))
}
