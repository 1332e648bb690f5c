import { checkOptimizer, decay, finite, flag, notNegative } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, div, type Expr, equal, less, lessEqual, max, min, mul, neg, select, sub } from '../../lib/expr/expr.ts'
import { sumTree } from '../../lib/expr/reductions.ts'
import { hyper } from '../../lib/expr/schedule.ts'
import { ema, square } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'
import { signal } from '../../lib/rule/rule.ts'
import { counter, moment, number, perTree } from '../../lib/rule/slot.ts'
import { chain } from '../combinators/chain.ts'
import { rated } from '../combinators/rated.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'
import { type RateOr, rateOr } from './rateOr.ts'

/** Options of `momo`. */
export interface MomoOptions extends PredictOptions {
  readonly beta?: number
  readonly lowerBound?: number
  readonly weightDecay?: number
  readonly adaptLowerBound?: boolean
}

/** What MoMo knows of the loss at a step, one number a tree each. */
export interface Model {
  /** The learning rate, and (1 + learningRate·weightDecay). */
  readonly alpha: Expr<'step'>
  readonly grown: Expr<'step'>
  /** The average loss, that of ⟨g, p⟩, and ⟨expAvg, p⟩; `bias`: what frees an average of its start, or 1. */
  readonly barf: Expr<'step'>
  readonly gamma: Expr<'step'>
  readonly iprod: Expr<'step'>
  readonly bias: Expr<'step'> | number
  readonly normSq: Expr<'step'>
  readonly lb: Expr<'step'>
  readonly lowerBound: number
  readonly adapt: boolean
}

const tiny = 2 ** -52

const times = (bias: Expr<'step'> | number, x: Expr<'step'>): Expr<'step'> => (bias === 1 ? x : mul(bias, x))

/** The step size that the model of the loss allows, and the next lower bound. */
export const stepOf = ({ alpha, grown, barf, gamma, iprod, bias, normSq, lb, lowerBound, adapt }: Model) => {
  const cap = add(mul(grown, sub(barf, gamma)), iprod)
  const lowered = max(div(cap, mul(2, times(bias, grown))), lowerBound)
  const bound = adapt ? select(less(cap, mul(times(bias, grown), lb)), lowered, lb) : lb
  const gap = max(add(mul(grown, sub(sub(barf, times(bias, bound)), gamma)), iprod), 0)
  const allowed = select(lessEqual(normSq, tiny), 0, div(gap, normSq))
  const tau = min(bias === 1 ? alpha : div(alpha, bias), allowed)
  const reached = sub(sub(add(barf, iprod), gamma), mul(mul(0.5, tau), normSq))
  return { tau, lb: adapt ? max(bias === 1 ? reached : div(reached, bias), lowerBound) : lb }
}

/**
 * MoMo: momentum with a step size that a model of the loss allows, never more than the learning rate.
 *
 *     b       = beta, and 0 at the first step
 *     barf'   = b·barf + (1 − b)·value
 *     expAvg' = b·expAvg + (1 − b)·g
 *     gamma'  = b·gamma + (1 − b)·⟨g, w⟩
 *     a       = 1 + learningRate·weightDecay
 *     tau     = min(learningRate, max(a·(barf' − lb − gamma') + ⟨expAvg', w⟩, 0) / ‖expAvg'‖²); 0 where ‖expAvg'‖² ≤ 2.2e-16
 *     w'      = w − learningRate·weightDecay / a·w − tau·expAvg'
 *
 * ⟨·,·⟩ and ‖·‖ are over the whole tree. The value of the loss at the parameters where the gradient was taken is given with each update:
 * `extra: { value }`. With `adaptLowerBound` lb, the lower bound of the loss, is estimated on the way, and never below lowerBound.
 *
 * Shapes: expAvg is shaped like g; gamma and lb are one number a tree, with the engine, barf one with the host. Needs the parameters. One pass
 * more. With `predictSteps` the last update is repeated.
 * Defaults: learningRate = 1, or a schedule, and it may be left out; beta = 0.9, lowerBound = 0, weightDecay = 0, adaptLowerBound = false, no forecast.
 * Errors: `bad-hyperparameter` unless 0 ≤ beta < 1, weightDecay ≥ 0 and lowerBound is finite; `missing-signal` without the value;
 * `missing-params`.
 * Source: Schaipp et al. 2023, Algorithm 1, arXiv 2305.07583; optax, `contrib.momo`.
 */
export const momo = <H extends PredictSteps = undefined>(
  rateOrOptions: RateOr<MomoOptions & PredictOptions<H>> = 1,
  optionsBehind: MomoOptions & PredictOptions<H> = {},
  ...tooMuch: Excess
) => {
  const [learningRate, options, excess] = rateOr(1, rateOrOptions, optionsBehind, tooMuch)
  const kinds = { beta: decay, lowerBound: finite, weightDecay: notNegative, adaptLowerBound: flag, ...predictKinds }
  checkOptimizer('momo', learningRate, options, kinds, excess)
  const { beta = 0.9, lowerBound = 0, weightDecay = 0, adaptLowerBound: adapt = false, predictSteps } = options
  const own = rule({
    name: 'momo',
    slots: { expAvg: moment, barf: number(0), gamma: perTree(), lb: perTree(lowerBound), count: counter },
    update: ({ g, p }, state) => {
      const b = select(equal(state.count, 0), 0, beta)
      const barf = ema(state.barf, signal('value'), b)
      const expAvg = ema(state.expAvg, g, b)
      const gamma = ema(state.gamma, sumTree(mul(g, p)), b)
      const alpha = hyper(learningRate, state.count)
      const grown = add(1, mul(alpha, weightDecay))
      const products = { iprod: sumTree(mul(expAvg, p)), normSq: sumTree(square(expAvg)) }
      const bounds = { lb: state.lb, lowerBound, adapt }
      const { tau, lb } = stepOf({ alpha, grown, barf, gamma, bias: 1, ...products, ...bounds })
      const step = mul(tau, expAvg)
      const u = weightDecay === 0 ? neg(step) : sub(mul(div(mul(alpha, -weightDecay), grown), p), step)
      return { u, next: { expAvg, barf, gamma, lb, count: add(state.count, 1) } }
    },
  })
  return rated(chain(own, ...forecast<H>(predictSteps)), 'inside')
}
