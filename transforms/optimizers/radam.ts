import { checkOptimizer } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'
import { chain } from '../combinators/chain.ts'
import { scaleByLearningRate } from '../rules/scaleByLearningRate.ts'
import { radamKinds, type ScaleByRadamOptions, scaleByRadam } from '../rules/scaleByRadam.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'

/** Options of `radam`. */
export interface RadamOptions extends ScaleByRadamOptions, PredictOptions {}

/**
 * Rectified Adam: Adam that waits until its second moment can be relied on.
 *
 *     w' = w − learningRate·scaleByRadam(g)
 *
 * The direction is that of `scaleByRadam`; with `predictSteps` it is also the forecast.
 *
 * Defaults: those of `scaleByRadam`; no forecast. learningRate may be a schedule.
 * Errors: `bad-hyperparameter`, as `scaleByRadam`.
 * Source: Liu et al. 2020, Algorithm 2, arXiv 1908.03265; optax, `radam`.
 */
export const radam = <H extends PredictSteps = undefined>(
  learningRate: Hyper,
  options: RadamOptions & PredictOptions<H> = {},
  ...excess: Excess
) => {
  checkOptimizer('radam', learningRate, options, { ...radamKinds, ...predictKinds }, excess)
  const { predictSteps, ...own } = options
  return chain(scaleByRadam(own), ...forecast<H>(predictSteps, learningRate), scaleByLearningRate(learningRate))
}
