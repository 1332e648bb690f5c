import { checkOptimizer, decay } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'
import { chain } from '../combinators/chain.ts'
import { scaleByLearningRate } from '../rules/scaleByLearningRate.ts'
import { scaleBySm3 } from '../rules/scaleBySm3.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'

/** Options of `sm3`. */
export interface Sm3Options extends PredictOptions {
  readonly momentum?: number
}

/**
 * SM3: Adagrad whose accumulators are shared by rows and columns.
 *
 *     w' = w − learningRate·scaleBySm3(g)
 *
 * The direction is that of `scaleBySm3`; with `predictSteps` it is also the forecast.
 *
 * Defaults: momentum = 0.9, no forecast. learningRate may be a schedule.
 * Errors: `bad-hyperparameter`, as `scaleBySm3`.
 * Source: Anil et al. 2019, arXiv 1901.11150; optax, `sm3`.
 */
export const sm3 = <H extends PredictSteps = undefined>(
  learningRate: Hyper,
  options: Sm3Options & PredictOptions<H> = {},
  ...excess: Excess
) => {
  checkOptimizer('sm3', learningRate, options, { momentum: decay, ...predictKinds }, excess)
  const { momentum = 0.9, predictSteps } = options
  return chain(
    scaleBySm3({ b1: momentum }),
    ...forecast<H>(predictSteps, learningRate),
    scaleByLearningRate(learningRate),
  )
}
