import { checkOptions, decay, flag, notNegative } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, div, type Expr, sqrt } from '../../lib/expr/expr.ts'
import { debias, ema, square } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'
import { counter, moment } from '../../lib/rule/slot.ts'

/** Options of `scaleByAdam`. */
export interface ScaleByAdamOptions {
  readonly b1?: number
  readonly b2?: number
  readonly eps?: number
  readonly epsRoot?: number
  readonly nesterov?: boolean
}

/** What `scaleByAdam` and its kin accept as options. */
export const adamKinds = { b1: decay, b2: decay, eps: notNegative, epsRoot: notNegative, nesterov: flag }

/** √(x + epsRoot) of an average of squares. That is never −0, so that adding 0 would change nothing. */
export const rootOf = (x: Expr<'cell'>, epsRoot: number): Expr<'cell'> => sqrt(epsRoot === 0 ? x : add(x, epsRoot))

/**
 * Rescales gradients by Adam's bias-corrected moments.
 *
 *     t   = count + 1
 *     mu' = b1·mu + (1 − b1)·g
 *     nu' = b2·nu + (1 − b2)·g²
 *     u   = (mu' / (1 − b1^t)) / (√(nu' / (1 − b2^t) + epsRoot) + eps)
 *
 * With `nesterov` the numerator is b1·mu' / (1 − b1^(t+1)) + (1 − b1)·g / (1 − b1^t).
 *
 * Shapes: u, mu and nu are shaped like g; count is one number a tree.
 * Defaults: b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0, nesterov = false.
 * Range: g² is float32, as in optax: ∞ from |g| = 1.8e19 on, where u is 0, and 0 below 3.7e-23, or 1.1e-19 where subnormals count as 0.
 * Errors: `bad-hyperparameter` unless 0 ≤ b1, b2 < 1 and eps, epsRoot ≥ 0.
 * Source: Kingma & Ba 2015, Algorithm 1, arXiv 1412.6980; nesterov: Dozat 2016, "Incorporating Nesterov Momentum into Adam".
 */
export const scaleByAdam = (options: ScaleByAdamOptions = {}, ...excess: Excess) => {
  checkOptions('scaleByAdam', options, adamKinds, excess)
  const { b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0, nesterov = false } = options
  return rule({
    name: 'scaleByAdam',
    slots: { count: counter, mu: moment, nu: moment },
    update: ({ g }, state) => {
      const count = add(state.count, 1)
      const mu = ema(state.mu, g, b1)
      const nu = ema(state.nu, square(g), b2)
      const direction = nesterov ? ema(debias(mu, b1, add(count, 1)), debias(g, b1, count), b1) : debias(mu, b1, count)
      const rms = rootOf(debias(nu, b2, count), epsRoot)
      return { u: div(direction, add(rms, eps)), next: { count, mu, nu }, hypers: { b1, b2, eps } }
    },
  })
}
