import { checkOptimizer } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'
import { chain } from '../combinators/chain.ts'
import { scaleByLearningRate } from '../rules/scaleByLearningRate.ts'
import { type ScaleByYogiOptions, scaleByYogi, yogiKinds } from '../rules/scaleByYogi.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'

/** Options of `yogi`. */
export interface YogiOptions extends ScaleByYogiOptions, PredictOptions {}

/**
 * Yogi: Adam whose second moment forgets slowly.
 *
 *     w' = w − learningRate·scaleByYogi(g)
 *
 * The direction is that of `scaleByYogi`; with `predictSteps` it is also the forecast.
 *
 * Defaults: those of `scaleByYogi`; no forecast. learningRate may be a schedule.
 * Errors: `bad-hyperparameter`, as `scaleByYogi`.
 * Source: Zaheer et al. 2018, Algorithm 2, "Adaptive Methods for Nonconvex Optimization"; optax, `yogi`.
 */
export const yogi = <H extends PredictSteps = undefined>(
  learningRate: Hyper,
  options: YogiOptions & PredictOptions<H> = {},
  ...excess: Excess
) => {
  checkOptimizer('yogi', learningRate, options, { ...yogiKinds, ...predictKinds }, excess)
  const { predictSteps, ...own } = options
  return chain(scaleByYogi(own), ...forecast<H>(predictSteps, learningRate), scaleByLearningRate(learningRate))
}
