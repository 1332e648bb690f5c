import { checkOptions, decay, notNegative } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { abs, add, div, max, mul } from '../../lib/expr/expr.ts'
import { debias, ema } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'
import { counter, moment } from '../../lib/rule/slot.ts'

/** Options of `scaleByAdamax`. */
export interface ScaleByAdamaxOptions {
  readonly b1?: number
  readonly b2?: number
  readonly eps?: number
}

/** What `scaleByAdamax` accepts as options. */
export const adamaxKinds = { b1: decay, b2: decay, eps: notNegative }

/**
 * Rescales gradients by Adam's first moment over a decaying maximum of their sizes.
 *
 *     t   = count + 1
 *     mu' = b1·mu + (1 − b1)·g
 *     nu' = max(|g| + eps, b2·nu)
 *     u   = (mu' / (1 − b1^t)) / nu'
 *
 * eps stands inside the maximum, as in optax and torch, and nu needs no correction of its start.
 *
 * Shapes: u, mu and nu are shaped like g; count is one number a tree. Defaults: b1 = 0.9, b2 = 0.999, eps = 1e-8.
 * Errors: `bad-hyperparameter` unless 0 ≤ b1, b2 < 1 and eps ≥ 0.
 * Source: Kingma & Ba 2015, Algorithm 2, arXiv 1412.6980; optax, `scale_by_adamax`.
 */
export const scaleByAdamax = (options: ScaleByAdamaxOptions = {}, ...excess: Excess) => {
  checkOptions('scaleByAdamax', options, adamaxKinds, excess)
  const { b1 = 0.9, b2 = 0.999, eps = 1e-8 } = options
  return rule({
    name: 'scaleByAdamax',
    slots: { count: counter, mu: moment, nu: moment },
    update: ({ g }, state) => {
      const count = add(state.count, 1)
      const mu = ema(state.mu, g, b1)
      const nu = max(add(abs(g), eps), mul(b2, state.nu))
      return { u: div(debias(mu, b1, count), nu), next: { count, mu, nu } }
    },
  })
}
