import { checkOptimizer } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'
import { chain } from '../combinators/chain.ts'
import { scaleByLearningRate } from '../rules/scaleByLearningRate.ts'
import { scaleBySign } from '../rules/scaleBySign.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'

/** Options of `signSgd`. */
export interface SignSgdOptions extends PredictOptions {}

/**
 * Gradient descent by the sign of the gradient: every element moves by the learning rate.
 *
 *     w' = w − learningRate·sign(g)
 *
 * With `predictSteps` the sign is also the forecast.
 *
 * Defaults: no forecast. learningRate may be a schedule.
 * Errors: `bad-hyperparameter`.
 * Source: Bernstein et al. 2018, Algorithm 1, arXiv 1802.04434; optax, `sign_sgd`.
 */
export const signSgd = <H extends PredictSteps = undefined>(
  learningRate: Hyper,
  options: SignSgdOptions & PredictOptions<H> = {},
  ...excess: Excess
) => {
  checkOptimizer('signSgd', learningRate, options, predictKinds, excess)
  const { predictSteps } = options
  return chain(scaleBySign(), ...forecast<H>(predictSteps, learningRate), scaleByLearningRate(learningRate))
}
