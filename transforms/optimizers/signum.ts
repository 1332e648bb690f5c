import { checkOptimizer, decay } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'
import { chain } from '../combinators/chain.ts'
import { ema } from '../rules/ema.ts'
import { scaleByLearningRate } from '../rules/scaleByLearningRate.ts'
import { scaleBySign } from '../rules/scaleBySign.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'

/** Options of `signum`. */
export interface SignumOptions extends PredictOptions {
  readonly beta?: number
}

/**
 * Gradient descent by the sign of a momentum.
 *
 *     m' = beta·m + (1 − beta)·g
 *     w' = w − learningRate·sign(m')
 *
 * With `predictSteps` the sign is also the forecast. m is the `ema` of the state, shaped like the parameters.
 *
 * Defaults: beta = 0.9, no forecast. learningRate may be a schedule.
 * Errors: `bad-hyperparameter` unless 0 ≤ beta < 1.
 * Source: Bernstein et al. 2018, Algorithm 2, arXiv 1802.04434; optax, `signum`.
 */
export const signum = <H extends PredictSteps = undefined>(
  learningRate: Hyper,
  options: SignumOptions & PredictOptions<H> = {},
  ...excess: Excess
) => {
  checkOptimizer('signum', learningRate, options, { beta: decay, ...predictKinds }, excess)
  const { beta = 0.9, predictSteps } = options
  return chain(
    ema({ decay: beta, debias: false }),
    scaleBySign(),
    ...forecast<H>(predictSteps, learningRate),
    scaleByLearningRate(learningRate),
  )
}
