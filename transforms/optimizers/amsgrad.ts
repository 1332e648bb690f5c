import { checkOptimizer } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'
import { chain } from '../combinators/chain.ts'
import { amsgradKinds, type ScaleByAmsgradOptions, scaleByAmsgrad } from '../rules/scaleByAmsgrad.ts'
import { scaleByLearningRate } from '../rules/scaleByLearningRate.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'

/** Options of `amsgrad`. */
export interface AmsgradOptions extends ScaleByAmsgradOptions, PredictOptions {}

/**
 * AMSGrad: Adam with the largest second moment seen so far.
 *
 *     w' = w − learningRate·scaleByAmsgrad(g)
 *
 * The direction is that of `scaleByAmsgrad`; with `predictSteps` it is also the forecast.
 *
 * Defaults: those of `scaleByAmsgrad`; no forecast. learningRate may be a schedule.
 * Errors: `bad-hyperparameter`, as `scaleByAmsgrad`.
 * Source: Reddi et al. 2018, arXiv 1904.09237; optax, `amsgrad`.
 */
export const amsgrad = <H extends PredictSteps = undefined>(
  learningRate: Hyper,
  options: AmsgradOptions & PredictOptions<H> = {},
  ...excess: Excess
) => {
  checkOptimizer('amsgrad', learningRate, options, { ...amsgradKinds, ...predictKinds }, excess)
  const { predictSteps, ...own } = options
  return chain(scaleByAmsgrad(own), ...forecast<H>(predictSteps, learningRate), scaleByLearningRate(learningRate))
}
