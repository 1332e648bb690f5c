import { checkOptions, decay, hyperNumber, notNegative } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, div, mul } from '../../lib/expr/expr.ts'
import { type Hyper, hyper } from '../../lib/expr/schedule.ts'
import { debias, ema, square } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'
import { counter, moment } from '../../lib/rule/slot.ts'
import { rootOf } from './scaleByAdam.ts'

/** Options of `scaleBySimplifiedAdemamix`. */
export interface ScaleBySimplifiedAdemamixOptions {
  readonly b1?: number
  readonly b2?: number
  readonly alpha?: Hyper
  readonly eps?: number
  readonly epsRoot?: number
}

/** What `scaleBySimplifiedAdemamix` accepts as options. */
export const simplifiedAdemamixKinds = {
  ...{ b1: decay, b2: decay, alpha: hyperNumber },
  ...{ eps: notNegative, epsRoot: notNegative },
}

/**
 * Rescales a sum of gradients, and the gradient itself, by Adam's second moment: AdEMAMix with one buffer less.
 *
 *     m' = b1·m + g
 *     n' = b2·n + (1 − b2)·g²
 *     u  = (alpha·g + m') / (√(n' / (1 − b2^(t + 1)) + epsRoot) + eps)
 *
 * m is a sum, not an average, so that steps are about 1 / (1 − b1) times Adam's. alpha may be a schedule of t.
 *
 * Shapes: u, m and n are shaped like g; t is one number a tree. Defaults: b1 = 0.99, b2 = 0.95, alpha = 0, eps = 1e-8, epsRoot = 0.
 * Range: that of `scaleByAdam`, where g² may leave float32.
 * Errors: `bad-hyperparameter` unless 0 ≤ b1, b2 < 1, alpha is finite and eps, epsRoot ≥ 0.
 * Source: Morwani et al. 2025, arXiv 2502.02431; optax, `contrib.scale_by_simplified_ademamix`.
 */
export const scaleBySimplifiedAdemamix = (options: ScaleBySimplifiedAdemamixOptions = {}, ...excess: Excess) => {
  checkOptions('scaleBySimplifiedAdemamix', options, simplifiedAdemamixKinds, excess)
  const { b1 = 0.99, b2 = 0.95, alpha = 0, eps = 1e-8, epsRoot = 0 } = options
  return rule({
    name: 'scaleBySimplifiedAdemamix',
    slots: { t: counter, m: moment, n: moment },
    update: ({ g }, state) => {
      const t = add(state.t, 1)
      const m = add(mul(b1, state.m), g)
      const n = ema(state.n, square(g), b2)
      const direction = add(mul(hyper(alpha, state.t), g), m)
      return { u: div(direction, add(rootOf(debias(n, b2, t), epsRoot), eps)), next: { t, m, n } }
    },
  })
}
