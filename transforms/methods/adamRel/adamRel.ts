import { checkOptimizer } from '../../../lib/check/options.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import type { Hyper } from '../../../lib/expr/schedule.ts'
import { chain } from '../../combinators/chain.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from '../../optimizers/forecast.ts'
import { scaleByLearningRate } from '../../rules/scaleByLearningRate.ts'
import { adamRelKinds, type ScaleByAdamRelOptions, scaleByAdamRel } from './scaleByAdamRel.ts'

/** Options of `adamRel`. */
export interface AdamRelOptions extends ScaleByAdamRelOptions, PredictOptions {}

/**
 * Adam on local time: for targets that change.
 *
 *     w' = w − learningRate·scaleByAdamRel(g)
 *
 * Say `targetChanged` by `extra` in the first update after a change; without it, and without `resetEvery`, this is Adam. A learning rate that
 * is a schedule counts all updates, whatever the target does. For decoupled decay put `addDecayedWeights` behind `scaleByAdamRel`.
 *
 * Defaults: those of `scaleByAdamRel`; no forecast. Errors: `bad-hyperparameter`, as `scaleByAdamRel`.
 * Source: Ellis et al. 2024, arXiv 2412.17113.
 */
export const adamRel = <H extends PredictSteps = undefined>(
  learningRate: Hyper,
  options: AdamRelOptions & PredictOptions<H> = {},
  ...excess: Excess
) => {
  checkOptimizer('adamRel', learningRate, options, { ...adamRelKinds, ...predictKinds }, excess)
  const { predictSteps, ...own } = options
  return chain(scaleByAdamRel(own), ...forecast<H>(predictSteps, learningRate), scaleByLearningRate(learningRate))
}
