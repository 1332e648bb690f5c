import { checkOptions, decay, notNegative } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, div, sqrt } from '../../lib/expr/expr.ts'
import { debias, ema, square } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'
import { counter, moment } from '../../lib/rule/slot.ts'

/** Options of `scaleByAdam3`. */
export interface ScaleByAdam3Options {
  readonly b1?: number
  readonly b2?: number
  readonly eps?: number
}

/** What `scaleByAdam3` accepts as options. */
export const adam3Kinds = { b1: decay, b2: decay, eps: notNegative }

/**
 * Rescales gradients by the second moment of the momentum.
 *
 *     t   = count + 1
 *     mu' = b1·mu + (1 − b1)·g
 *     nu' = b2·nu + (1 − b2)·mu'² + eps
 *     u   = (mu' / (1 − b1^t)) / √(nu' / (1 − b2^t))
 *
 * eps is added to the stored nu in every update and nowhere else. The first direction has size 1 / (1 − b1), 10 with the default.
 *
 * Shapes: u, mu and nu are shaped like g; count is one number a tree.
 * Defaults: b1 = 0.9, b2 = 0.999, eps = 1e-16.
 * Range: that of `scaleByAdam`, where g² may leave float32.
 * Errors: `bad-hyperparameter` unless 0 ≤ b1, b2 < 1 and eps ≥ 0.
 * Source: Wang et al. 2022, "Momentum is all you need" (AdaM³); the variant of XGrad, Guan et al. 2023, arXiv 2305.18240.
 */
export const scaleByAdam3 = (options: ScaleByAdam3Options = {}, ...excess: Excess) => {
  checkOptions('scaleByAdam3', options, adam3Kinds, excess)
  const { b1 = 0.9, b2 = 0.999, eps = 1e-16 } = options
  return rule({
    name: 'scaleByAdam3',
    slots: { count: counter, mu: moment, nu: moment },
    update: ({ g }, state) => {
      const count = add(state.count, 1)
      const mu = ema(state.mu, g, b1)
      const nu = add(ema(state.nu, square(mu), b2), eps)
      return { u: div(debias(mu, b1, count), sqrt(debias(nu, b2, count))), next: { count, mu, nu } }
    },
  })
}
