import { checkOptimizer, finite, notNegative, positive } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { abs, add, div, equal, max, mul, neg, pow, select, sqrt, sub } from '../../lib/expr/expr.ts'
import { sumTree } from '../../lib/expr/reductions.ts'
import { hyper } from '../../lib/expr/schedule.ts'
import { ema, square } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'
import { counter, moment, perTree } from '../../lib/rule/slot.ts'
import { chain } from '../combinators/chain.ts'
import { rated } from '../combinators/rated.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'
import { betasKind } from './prodigy.ts'
import { type RateOr, rateOr } from './rateOr.ts'

/** Options of `dadaptAdamw`. */
export interface DadaptAdamwOptions extends PredictOptions {
  readonly betas?: readonly [b1: number, b2: number]
  readonly eps?: number
  readonly estimLr0?: number
  readonly weightDecay?: number
}

/**
 * D-Adaptation for AdamW: a learning rate that is found by an estimate of the distance to the solution.
 *
 *     t                  = count + 1,  r = √b2
 *     rate               = estimLr·learningRate·√(1 − b2^t) / (1 − b1^t)
 *     numeratorWeighted' = r·numeratorWeighted + (1 − r)·rate·Σ g·gradSum / (√expAvgSq + eps)
 *     expAvg'            = b1·expAvg + (1 − b1)·rate·g
 *     expAvgSq'          = b2·expAvgSq + (1 − b2)·g²
 *     gradSum'           = r·gradSum + (1 − r)·rate·g
 *     estimLr'           = max(estimLr, numeratorWeighted' / ((1 − r)·Σ|gradSum'|)), sums over the whole tree
 *     w'                 = w − expAvg' / (√expAvgSq' + eps) − weightDecay·rate·w
 *
 * Where Σ|gradSum'| is 0 nothing is known yet and estimLr stays.
 *
 * Shapes: expAvg, expAvgSq and gradSum are shaped like g; estimLr and numeratorWeighted are one number a tree, with the engine. Needs the
 * parameters. With `predictSteps` the last update is repeated.
 * Defaults: learningRate = 1, or a schedule, and it may be left out; betas = [0.9, 0.999], eps = 1e-8, estimLr0 = 1e-6, weightDecay = 0, no forecast.
 * Errors: `bad-hyperparameter` unless 0 ≤ b1, b2 < 1, eps ≥ 0, estimLr0 > 0 and weightDecay is finite; `missing-params`.
 * Source: Defazio & Mishchenko 2023, Algorithm 5, arXiv 2301.07733; optax, `contrib.dadapt_adamw`, which is NaN where Σ|gradSum'| is 0.
 */
export const dadaptAdamw = <H extends PredictSteps = undefined>(
  rateOrOptions: RateOr<DadaptAdamwOptions & PredictOptions<H>> = 1,
  optionsBehind: DadaptAdamwOptions & PredictOptions<H> = {},
  ...tooMuch: Excess
) => {
  const [learningRate, options, excess] = rateOr(1, rateOrOptions, optionsBehind, tooMuch)
  const kinds = { betas: betasKind, eps: notNegative, estimLr0: positive, weightDecay: finite, ...predictKinds }
  checkOptimizer('dadaptAdamw', learningRate, options, kinds, excess)
  const { betas: [b1, b2] = [0.9, 0.999], eps = 1e-8, estimLr0 = 1e-6, weightDecay = 0, predictSteps } = options
  const root = Math.sqrt(b2)
  const own = rule({
    name: 'dadaptAdamw',
    slots: {
      ...{ expAvg: moment, expAvgSq: moment, gradSum: moment },
      ...{ estimLr: perTree(estimLr0), numeratorWeighted: perTree(), count: counter },
    },
    update: ({ g, p }, state) => {
      const count = add(state.count, 1)
      const correction = div(sqrt(sub(1, pow(b2, count))), sub(1, pow(b1, count)))
      const rate = mul(mul(state.estimLr, hyper(learningRate, state.count)), correction)
      const gained = sumTree(mul(g, div(state.gradSum, add(sqrt(state.expAvgSq), eps))))
      const expAvg = ema(state.expAvg, mul(rate, g), b1)
      const expAvgSq = ema(state.expAvgSq, square(g), b2)
      const gradSum = ema(state.gradSum, mul(rate, g), root)
      const numeratorWeighted = ema(state.numeratorWeighted, mul(rate, gained), root)
      const size = sumTree(abs(gradSum))
      const estimate = div(numeratorWeighted, mul(1 - root, size))
      const estimLr = select(equal(size, 0), state.estimLr, max(state.estimLr, estimate))
      const step = div(expAvg, add(sqrt(expAvgSq), eps))
      const u = weightDecay === 0 ? neg(step) : sub(mul(mul(-weightDecay, rate), p), step)
      return { u, next: { expAvg, expAvgSq, gradSum, estimLr, numeratorWeighted, count } }
    },
  })
  return rated(chain(own, ...forecast<H>(predictSteps)), 'inside')
}
