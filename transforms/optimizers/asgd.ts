import { checkOptimizer, notNegative } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, div, equal, max, mul, neg, pow, select, sub } from '../../lib/expr/expr.ts'
import { type Hyper, hyper } from '../../lib/expr/schedule.ts'
import { lerp } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'
import { counter, moment } from '../../lib/rule/slot.ts'
import { chain } from '../combinators/chain.ts'
import { rated } from '../combinators/rated.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'

/** Options of `asgd`. */
export interface AsgdOptions extends PredictOptions {
  readonly lambd?: number
  readonly alpha?: number
  readonly t0?: number
}

/**
 * Averaged stochastic gradient descent: a falling rate, and the mean of the parameters beside them.
 *
 *     eta = learningRate / (1 + lambd·learningRate·count)^alpha
 *     w'  = w − eta·(g + lambd·w)
 *     mu  = 1 / max(1, count − t0)
 *     ax' = ax + mu·(w' − ax)
 *
 * ax, the average, follows the parameters until step t0 and is their mean from then on: read it from the state to evaluate. With
 * `predictSteps` the last update is repeated.
 *
 * Shapes: ax is shaped like the parameters; count is one number a tree. Needs the parameters.
 * Defaults: lambd = 1e-4, alpha = 0.75, t0 = 1e6, no forecast. learningRate may be a schedule.
 * Errors: `bad-hyperparameter` unless lambd, alpha, t0 ≥ 0; `missing-params`.
 * Source: Polyak & Juditsky 1992, "Acceleration of Stochastic Approximation by Averaging"; torch, `ASGD`.
 */
export const asgd = <H extends PredictSteps = undefined>(
  learningRate: Hyper,
  options: AsgdOptions & PredictOptions<H> = {},
  ...excess: Excess
) => {
  const kinds = { lambd: notNegative, alpha: notNegative, t0: notNegative }
  checkOptimizer('asgd', learningRate, options, { ...kinds, ...predictKinds }, excess)
  const { lambd = 1e-4, alpha = 0.75, t0 = 1e6, predictSteps } = options
  const averaged = rule({
    name: 'averagedDescent',
    slots: { count: counter, ax: moment },
    update: ({ g, p, w }, { count, ax }) => {
      const rate = hyper(learningRate, count)
      const eta = div(rate, pow(add(1, mul(lambd, mul(rate, count))), alpha))
      const mu = div(1, max(1, sub(count, t0)))
      return {
        u: neg(mul(eta, add(g, mul(lambd, p)))),
        next: { count: add(count, 1), ax: select(equal(mu, 1), w, lerp(ax, w, mu)) },
      }
    },
  })
  return chain(rated(averaged, 'inside'), ...forecast<H>(predictSteps))
}
