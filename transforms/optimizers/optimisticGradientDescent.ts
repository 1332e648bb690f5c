import { checkOptimizer } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'
import { chain } from '../combinators/chain.ts'
import { scaleByLearningRate } from '../rules/scaleByLearningRate.ts'
import {
  optimisticKinds,
  type ScaleByOptimisticGradientOptions,
  scaleByOptimisticGradient,
} from '../rules/scaleByOptimisticGradient.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'

/** Options of `optimisticGradientDescent`. */
export interface OptimisticGradientDescentOptions extends ScaleByOptimisticGradientOptions, PredictOptions {}

/**
 * Optimistic gradient descent: for games and saddle points.
 *
 *     w' = w − learningRate·((alpha + beta)·g − beta·the gradient of the step before)
 *
 * The direction is that of `scaleByOptimisticGradient`; with `predictSteps` it is also the forecast.
 *
 * Defaults: alpha = 1, beta = 1, no forecast. learningRate may be a schedule.
 * Errors: `bad-hyperparameter`, as `scaleByOptimisticGradient`.
 * Source: Mokhtari et al. 2019, arXiv 1901.08511; optax, `optimistic_gradient_descent`.
 */
export const optimisticGradientDescent = <H extends PredictSteps = undefined>(
  learningRate: Hyper,
  options: OptimisticGradientDescentOptions & PredictOptions<H> = {},
  ...excess: Excess
) => {
  checkOptimizer('optimisticGradientDescent', learningRate, options, { ...optimisticKinds, ...predictKinds }, excess)
  const { predictSteps, ...own } = options
  return chain(
    scaleByOptimisticGradient(own),
    ...forecast<H>(predictSteps, learningRate),
    scaleByLearningRate(learningRate),
  )
}
