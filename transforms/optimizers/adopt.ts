import { checkOptimizer } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'
import { chain } from '../combinators/chain.ts'
import { adoptKinds, type ScaleByAdoptOptions, scaleByAdopt } from '../rules/scaleByAdopt.ts'
import { scaleByLearningRate } from '../rules/scaleByLearningRate.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'

/** Options of `adopt`. */
export interface AdoptOptions extends ScaleByAdoptOptions, PredictOptions {}

/**
 * ADOPT: Adam that converges with any b2.
 *
 *     w' = w − learningRate·scaleByAdopt(g)
 *
 * The direction is that of `scaleByAdopt`; with `predictSteps` it is also the forecast. The first step only measures.
 *
 * Defaults: those of `scaleByAdopt`; no forecast. learningRate may be a schedule.
 * Errors: `bad-hyperparameter`, as `scaleByAdopt`.
 * Source: Taniguchi et al. 2024, Algorithm 2, arXiv 2411.02853; optax, `contrib.adopt`.
 */
export const adopt = <H extends PredictSteps = undefined>(
  learningRate: Hyper,
  options: AdoptOptions & PredictOptions<H> = {},
  ...excess: Excess
) => {
  checkOptimizer('adopt', learningRate, options, { ...adoptKinds, ...predictKinds }, excess)
  const { predictSteps, ...own } = options
  return chain(scaleByAdopt(own), ...forecast<H>(predictSteps, learningRate), scaleByLearningRate(learningRate))
}
