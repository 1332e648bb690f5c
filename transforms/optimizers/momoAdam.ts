import { checkOptimizer, decay, finite, flag, notNegative } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, div, mul, neg, pow, sqrt, sub } from '../../lib/expr/expr.ts'
import { sumTree } from '../../lib/expr/reductions.ts'
import { hyper } from '../../lib/expr/schedule.ts'
import { ema, square } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'
import { signal } from '../../lib/rule/rule.ts'
import { counter, moment, number, perTree } from '../../lib/rule/slot.ts'
import { chain } from '../combinators/chain.ts'
import { rated } from '../combinators/rated.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'
import { stepOf } from './momo.ts'
import { type RateOr, rateOr } from './rateOr.ts'

/** Options of `momoAdam`. */
export interface MomoAdamOptions extends PredictOptions {
  readonly b1?: number
  readonly b2?: number
  readonly eps?: number
  readonly lowerBound?: number
  readonly weightDecay?: number
  readonly adaptLowerBound?: boolean
}

/**
 * MoMo-Adam: Adam with a step size that a model of the loss allows, never more than the learning rate.
 *
 *     t         = count + 1,  c = 1 − b1^t,  a = 1 + learningRate·weightDecay
 *     barf'     = b1·barf + (1 − b1)·value
 *     expAvg'   = b1·expAvg + (1 − b1)·g
 *     expAvgSq' = b2·expAvgSq + (1 − b2)·g²
 *     gamma'    = b1·gamma + (1 − b1)·⟨g, w⟩
 *     D         = eps + √(expAvgSq' / (1 − b2^t))
 *     n         = ⟨expAvg', expAvg' / D⟩
 *     tau       = min(learningRate / c, max(a·(barf' − c·lb − gamma') + ⟨expAvg', w⟩, 0) / n); 0 where n ≤ 2.2e-16
 *     w'        = w − learningRate·weightDecay / a·w − tau·expAvg' / D
 *
 * ⟨·,·⟩ is over the whole tree. The value of the loss at the parameters where the gradient was taken is given with each update:
 * `extra: { value }`. With `adaptLowerBound` lb, the lower bound of the loss, is estimated on the way, and never below lowerBound.
 *
 * Shapes: expAvg and expAvgSq are shaped like g; gamma and lb are one number a tree, with the engine, barf one with the host. Needs the
 * parameters. One pass more. With `predictSteps` the last update is repeated.
 * Defaults: learningRate = 0.01, or a schedule, and it may be left out; b1 = 0.9, b2 = 0.999, eps = 1e-8, lowerBound = 0, weightDecay = 0, adaptLowerBound = false, no
 * forecast.
 * Errors: `bad-hyperparameter` unless 0 ≤ b1, b2 < 1, eps, weightDecay ≥ 0 and lowerBound is finite; `missing-signal` without the value;
 * `missing-params`.
 * Source: Schaipp et al. 2023, Algorithm 3, arXiv 2305.07583; optax, `contrib.momo_adam`.
 */
export const momoAdam = <H extends PredictSteps = undefined>(
  rateOrOptions: RateOr<MomoAdamOptions & PredictOptions<H>> = 0.01,
  optionsBehind: MomoAdamOptions & PredictOptions<H> = {},
  ...tooMuch: Excess
) => {
  const [learningRate, options, excess] = rateOr(0.01, rateOrOptions, optionsBehind, tooMuch)
  const rates = { b1: decay, b2: decay, eps: notNegative, weightDecay: notNegative }
  const kinds = { ...rates, lowerBound: finite, adaptLowerBound: flag, ...predictKinds }
  checkOptimizer('momoAdam', learningRate, options, kinds, excess)
  const { b1 = 0.9, b2 = 0.999, eps = 1e-8, lowerBound = 0, weightDecay = 0, predictSteps } = options
  const { adaptLowerBound: adapt = false } = options
  const own = rule({
    name: 'momoAdam',
    slots: {
      ...{ expAvg: moment, expAvgSq: moment, barf: number(0) },
      ...{ gamma: perTree(), lb: perTree(lowerBound), count: counter },
    },
    update: ({ g, p }, state) => {
      const count = add(state.count, 1)
      const barf = ema(state.barf, signal('value'), b1)
      const expAvg = ema(state.expAvg, g, b1)
      const expAvgSq = ema(state.expAvgSq, square(g), b2)
      const gamma = ema(state.gamma, sumTree(mul(g, p)), b1)
      const preconditioner = add(eps, sqrt(div(expAvgSq, sub(1, pow(b2, count)))))
      const direction = div(expAvg, preconditioner)
      const alpha = hyper(learningRate, state.count)
      const grown = add(1, mul(alpha, weightDecay))
      const products = { iprod: sumTree(mul(expAvg, p)), normSq: sumTree(mul(expAvg, direction)) }
      const bounds = { lb: state.lb, lowerBound, adapt, bias: sub(1, pow(b1, count)) }
      const { tau, lb } = stepOf({ alpha, grown, barf, gamma, ...products, ...bounds })
      const step = mul(tau, direction)
      const u = weightDecay === 0 ? neg(step) : sub(mul(div(mul(alpha, -weightDecay), grown), p), step)
      return { u, next: { expAvg, expAvgSq, barf, gamma, lb, count } }
    },
  })
  return rated(chain(own, ...forecast<H>(predictSteps)), 'inside')
}
