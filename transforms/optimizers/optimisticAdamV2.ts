import { checkOptimizer } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'
import { chain } from '../combinators/chain.ts'
import { adamKinds, type ScaleByAdamOptions, scaleByAdam } from '../rules/scaleByAdam.ts'
import { scaleByLearningRate } from '../rules/scaleByLearningRate.ts'
import {
  optimisticKinds,
  type ScaleByOptimisticGradientOptions,
  scaleByOptimisticGradient,
} from '../rules/scaleByOptimisticGradient.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'

/** Options of `optimisticAdamV2`. */
export interface OptimisticAdamV2Options extends ScaleByAdamOptions, ScaleByOptimisticGradientOptions, PredictOptions {}

/**
 * Adam with optimism, its learning rate behind both.
 *
 *     a  = scaleByAdam(g)
 *     w' = w − learningRate·((alpha + beta)·a − beta·the a of the step before)
 *
 * The direction is that of `scaleByOptimisticGradient`; with `predictSteps` it is also the forecast.
 *
 * Defaults: those of `scaleByAdam`, but nesterov = true; alpha = 1, beta = 1, no forecast. learningRate may be a schedule.
 * Errors: `bad-hyperparameter`, as `scaleByAdam` and `scaleByOptimisticGradient`.
 * Source: Daskalakis et al. 2018, Algorithm 1, arXiv 1711.00141; optax, `optimistic_adam_v2`.
 */
export const optimisticAdamV2 = <H extends PredictSteps = undefined>(
  learningRate: Hyper,
  options: OptimisticAdamV2Options & PredictOptions<H> = {},
  ...excess: Excess
) => {
  checkOptimizer(
    'optimisticAdamV2',
    learningRate,
    options,
    { ...adamKinds, ...optimisticKinds, ...predictKinds },
    excess,
  )
  const { alpha, beta, nesterov = true, predictSteps, ...own } = options
  return chain(
    scaleByAdam({ ...own, nesterov }),
    scaleByOptimisticGradient({ ...(alpha !== undefined && { alpha }), ...(beta !== undefined && { beta }) }),
    ...forecast<H>(predictSteps, learningRate),
    scaleByLearningRate(learningRate),
  )
}
