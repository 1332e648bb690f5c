import { checkOptions, decay, notNegative } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, div, equal, select, sqrt, sub } from '../../lib/expr/expr.ts'
import { debias, ema, square } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'
import { counter, moment } from '../../lib/rule/slot.ts'

/** Options of `scaleByAcprop`. */
export interface ScaleByAcpropOptions {
  readonly b1?: number
  readonly b2?: number
  readonly eps?: number
  readonly epsRoot?: number
}

/** What `scaleByAcprop` accepts as options. */
export const acpropKinds = { b1: decay, b2: decay, eps: notNegative, epsRoot: notNegative }

/**
 * Rescales gradients by how far earlier ones were from what was expected of them: a denominator that does not know this gradient.
 *
 *     mu' = b1·mu + (1 − b1)·g
 *     nu' = b2·nu + (1 − b2)·(g − mu)² + epsRoot
 *     u   = g / (√(nu / (1 − b2^count)) + eps); in the first step g / (1 + eps)
 *
 * Shapes: u, mu and nu are shaped like g; count is one number a tree.
 * Defaults: b1 = 0.9, b2 = 0.999, eps = 1e-16, epsRoot = 1e-16.
 * Range: that of `scaleByAdam`, where g² may leave float32.
 * Errors: `bad-hyperparameter` unless 0 ≤ b1, b2 < 1 and eps, epsRoot ≥ 0.
 * Source: Zhuang et al. 2021, Algorithm 2, arXiv 2110.05454; optax, `contrib.scale_by_acprop`.
 */
export const scaleByAcprop = (options: ScaleByAcpropOptions = {}, ...excess: Excess) => {
  checkOptions('scaleByAcprop', options, acpropKinds, excess)
  const { b1 = 0.9, b2 = 0.999, eps = 1e-16, epsRoot = 1e-16 } = options
  return rule({
    name: 'scaleByAcprop',
    slots: { count: counter, mu: moment, nu: moment },
    update: ({ g }, state) => {
      const mu = ema(state.mu, g, b1)
      const nu = add(ema(state.nu, square(sub(g, state.mu)), b2), epsRoot)
      const spread = select(equal(state.count, 0), 1, debias(state.nu, b2, state.count))
      return { u: div(g, add(sqrt(spread), eps)), next: { count: add(state.count, 1), mu, nu } }
    },
  })
}
