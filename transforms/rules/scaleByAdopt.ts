import { aFunction, checkOptions, decay, flag, notNegative } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, div, less, max, min, neg, pow, select, sqrt } from '../../lib/expr/expr.ts'
import { hyper, type Schedule } from '../../lib/expr/schedule.ts'
import { ema, square } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'
import { counter, moment } from '../../lib/rule/slot.ts'

/** Options of `scaleByAdopt`. */
export interface ScaleByAdoptOptions {
  readonly b1?: number
  readonly b2?: number
  readonly eps?: number
  readonly nesterov?: boolean
  readonly useClipping?: boolean
  readonly clipValueFn?: Schedule | undefined
}

/** What `scaleByAdopt` accepts as options. */
export const adoptKinds = {
  ...{ b1: decay, b2: decay, eps: notNegative },
  ...{ nesterov: flag, useClipping: flag, clipValueFn: aFunction },
}

/**
 * Averages gradients that were normalised by the second moment of the steps before: Adam that converges with any b2.
 *
 *     x   = g / max(√nu, eps), clipped to ±clipValueFn(count)
 *     mu' = b1·mu + (1 − b1)·x
 *     nu' = b2·nu + (1 − b2)·g²
 *     u   = mu', or b1·mu' + (1 − b1)·x with nesterov
 *
 * In the first step b2 is taken for 0, so that nu' = g², and b1 for 1, so that the update is 0.
 *
 * Shapes: u, mu and nu are shaped like g; count is one number a tree.
 * Defaults: b1 = 0.9, b2 = 0.9999, eps = 1e-6, nesterov = false, useClipping = true, clipValueFn: the fourth root of count.
 * Range: that of `scaleByAdam`, where g² may leave float32.
 * Errors: `bad-hyperparameter` unless 0 ≤ b1, b2 < 1, eps ≥ 0 and clipValueFn is a function.
 * Source: Taniguchi et al. 2024, Algorithm 2, arXiv 2411.02853; optax, `contrib.scale_by_adopt`.
 */
export const scaleByAdopt = (options: ScaleByAdoptOptions = {}, ...excess: Excess) => {
  checkOptions('scaleByAdopt', options, adoptKinds, excess)
  const { b1 = 0.9, b2 = 0.9999, eps = 1e-6, nesterov = false, useClipping = true, clipValueFn } = options
  return rule({
    name: 'scaleByAdopt',
    slots: { count: counter, mu: moment, nu: moment },
    update: ({ g }, state) => {
      const later = less(0, state.count)
      const [keep, forget] = [select(later, b1, 1), select(later, b2, 0)]
      const normalised = div(g, max(sqrt(state.nu), eps))
      const most = clipValueFn ? hyper(clipValueFn, state.count) : pow(state.count, 0.25)
      const x = useClipping ? min(max(normalised, neg(most)), most) : normalised
      const mu = ema(state.mu, x, keep)
      const nu = ema(state.nu, square(g), forget)
      return { u: nesterov ? ema(mu, x, keep) : mu, next: { count: add(state.count, 1), mu, nu } }
    },
  })
}
