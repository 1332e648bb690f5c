import { checkOptimizer, decay, finite, flag, type Kind, notNegative, positive } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { abs, add, div, equal, max, mul, neg, pow, select, sqrt, sub } from '../../lib/expr/expr.ts'
import { sumTree } from '../../lib/expr/reductions.ts'
import { hyper } from '../../lib/expr/schedule.ts'
import { ema, square } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'
import { copyOfParams, counter, moment, perTree } from '../../lib/rule/slot.ts'
import { chain } from '../combinators/chain.ts'
import { rated } from '../combinators/rated.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'
import { type RateOr, rateOr } from './rateOr.ts'

/** Options of `prodigy`. */
export interface ProdigyOptions extends PredictOptions {
  readonly betas?: readonly [b1: number, b2: number]
  readonly beta3?: number
  readonly eps?: number
  readonly estimLr0?: number
  readonly estimLrCoef?: number
  readonly weightDecay?: number
  readonly safeguardWarmup?: boolean
}

export const betasKind: Kind = {
  expected: 'two numbers from 0 up and below 1',
  test: (x) => Array.isArray(x) && x.length === 2 && x.every(decay.test),
}

/**
 * Prodigy: AdamW that finds its own learning rate, by an estimate of the distance to the solution that only grows.
 *
 *     t                  = count + 1,  d = estimLr
 *     rate               = d·learningRate·√(1 − b2^t) / (1 − b1^t)
 *     expAvg'            = b1·expAvg + (1 − b1)·d·g
 *     expAvgSq'          = b2·expAvgSq + (1 − b2)·(d·g)²
 *     gradSum'           = beta3·gradSum + rate·d·g / estimLr0
 *     numeratorWeighted' = beta3·numeratorWeighted + d / estimLr0·rate·Σ g·(params0 − p)
 *     estimLr'           = max(d, estimLrCoef·numeratorWeighted' / Σ|gradSum'|), sums over the whole tree
 *     w'                 = w − rate·expAvg' / (√expAvgSq' + estimLr'·eps) − weightDecay·rate·w
 *
 * With `safeguardWarmup` gradSum takes d in the place of rate. Where Σ|gradSum'| is 0 nothing is known yet and estimLr stays.
 *
 * Shapes: expAvg, expAvgSq, gradSum and params0, the parameters at the start, are shaped like g; estimLr and numeratorWeighted are one number
 * a tree, with the engine. Needs the parameters. One pass more. With `predictSteps` the last update is repeated.
 * Defaults: learningRate = 1, or a schedule, and it may be left out; betas = [0.9, 0.999], beta3 = √b2, eps = 1e-8, estimLr0 = 1e-6, estimLrCoef = 1, weightDecay = 0,
 * safeguardWarmup = false, no forecast.
 * Errors: `bad-hyperparameter` unless 0 ≤ b1, b2, beta3 < 1, eps ≥ 0, estimLr0 > 0 and the others are finite; `missing-params`.
 * Source: Mishchenko & Defazio 2023, Algorithm 4, arXiv 2306.06101; optax, `contrib.prodigy`, which is NaN where Σ|gradSum'| is 0.
 */
export const prodigy = <H extends PredictSteps = undefined>(
  rateOrOptions: RateOr<ProdigyOptions & PredictOptions<H>> = 1,
  optionsBehind: ProdigyOptions & PredictOptions<H> = {},
  ...tooMuch: Excess
) => {
  const [learningRate, options, excess] = rateOr(1, rateOrOptions, optionsBehind, tooMuch)
  const rates = { estimLr0: positive, estimLrCoef: finite, weightDecay: finite }
  const kinds = { betas: betasKind, beta3: decay, eps: notNegative, ...rates, safeguardWarmup: flag, ...predictKinds }
  checkOptimizer('prodigy', learningRate, options, kinds, excess)
  const { betas: [b1, b2] = [0.9, 0.999], eps = 1e-8, estimLr0 = 1e-6, estimLrCoef = 1 } = options
  const { beta3 = Math.sqrt(b2), weightDecay = 0, safeguardWarmup = false, predictSteps } = options
  const own = rule({
    name: 'prodigy',
    slots: {
      ...{ expAvg: moment, expAvgSq: moment, gradSum: moment, params0: copyOfParams },
      ...{ estimLr: perTree(estimLr0), numeratorWeighted: perTree(), count: counter },
    },
    update: ({ g, p }, state) => {
      const { params0, estimLr: d } = state
      const count = add(state.count, 1)
      const correction = div(sqrt(sub(1, pow(b2, count))), sub(1, pow(b1, count)))
      const rate = mul(mul(d, hyper(learningRate, state.count)), correction)
      const scaled = mul(d, g)
      const expAvg = ema(state.expAvg, scaled, b1)
      const expAvgSq = ema(state.expAvgSq, square(scaled), b2)
      const weight = safeguardWarmup ? d : rate
      const gradSum = add(mul(beta3, state.gradSum), div(mul(weight, scaled), estimLr0))
      const gained = mul(mul(div(d, estimLr0), rate), sumTree(mul(g, sub(params0, p))))
      const numeratorWeighted = add(mul(beta3, state.numeratorWeighted), gained)
      const size = sumTree(abs(gradSum))
      const estimate = div(mul(estimLrCoef, numeratorWeighted), size)
      const estimLr = select(equal(size, 0), d, max(d, estimate))
      const step = div(mul(rate, expAvg), add(sqrt(expAvgSq), mul(estimLr, eps)))
      const u = weightDecay === 0 ? neg(step) : sub(mul(mul(-weightDecay, rate), p), step)
      return { u, next: { expAvg, expAvgSq, gradSum, params0, estimLr, numeratorWeighted, count } }
    },
  })
  return rated(chain(own, ...forecast<H>(predictSteps)), 'inside')
}
