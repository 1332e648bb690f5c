import { checkOptimizer } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'
import { chain } from '../combinators/chain.ts'
import { adamaxKinds, type ScaleByAdamaxOptions, scaleByAdamax } from '../rules/scaleByAdamax.ts'
import { scaleByLearningRate } from '../rules/scaleByLearningRate.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'

/** Options of `adamax`. */
export interface AdamaxOptions extends ScaleByAdamaxOptions, PredictOptions {}

/**
 * AdaMax: Adam by the largest gradients instead of their squares.
 *
 *     w' = w − learningRate·scaleByAdamax(g)
 *
 * The direction is that of `scaleByAdamax`; with `predictSteps` it is also the forecast.
 *
 * Defaults: those of `scaleByAdamax`; no forecast. learningRate may be a schedule.
 * Errors: `bad-hyperparameter`, as `scaleByAdamax`.
 * Source: Kingma & Ba 2015, Algorithm 2, arXiv 1412.6980; optax, `adamax`.
 */
export const adamax = <H extends PredictSteps = undefined>(
  learningRate: Hyper,
  options: AdamaxOptions & PredictOptions<H> = {},
  ...excess: Excess
) => {
  checkOptimizer('adamax', learningRate, options, { ...adamaxKinds, ...predictKinds }, excess)
  const { predictSteps, ...own } = options
  return chain(scaleByAdamax(own), ...forecast<H>(predictSteps, learningRate), scaleByLearningRate(learningRate))
}
