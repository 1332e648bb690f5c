import { checkOptimizer, flag, fraction } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'
import { chain } from '../combinators/chain.ts'
import { identity } from '../combinators/identity.ts'
import { scaleByLearningRate } from '../rules/scaleByLearningRate.ts'
import { trace } from '../rules/trace.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'

/** Options of `sgd`. */
export interface SgdOptions extends PredictOptions {
  readonly momentum?: number | undefined
  readonly nesterov?: boolean
  readonly dampening?: number
}

/**
 * Stochastic gradient descent, with momentum where given.
 *
 *     w' = w − learningRate·trace(g), or w − learningRate·g without momentum
 *
 * With `predictSteps` the direction is also the forecast; with as many steps as the momentum, the predicted points are the iterates of
 * Nesterov's momentum.
 *
 * Defaults: no momentum, nesterov = false, dampening = 0 (of the trace), no forecast. learningRate may be a schedule.
 * Errors: `bad-hyperparameter` unless 0 ≤ momentum ≤ 1.
 * Source: Robbins & Monro 1951; Sutskever et al. 2013; optax, `sgd`.
 */
export const sgd = <H extends PredictSteps = undefined>(
  learningRate: Hyper,
  options: SgdOptions & PredictOptions<H> = {},
  ...excess: Excess
) => {
  checkOptimizer(
    'sgd',
    learningRate,
    options,
    {
      momentum: fraction,
      nesterov: flag,
      dampening: fraction,
      ...predictKinds,
    },
    excess,
  )
  const { momentum, nesterov = false, dampening = 0, predictSteps } = options
  return chain(
    momentum === undefined ? identity() : trace({ decay: momentum, nesterov, dampening }),
    ...forecast<H>(predictSteps, learningRate),
    scaleByLearningRate(learningRate),
  )
}
