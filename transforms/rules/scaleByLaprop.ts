import { checkOptions, decay, notNegative } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, div } from '../../lib/expr/expr.ts'
import { debias, ema, square } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'
import { counter, moment } from '../../lib/rule/slot.ts'
import { rootOf } from './scaleByAdam.ts'

/** Options of `scaleByLaprop`. */
export interface ScaleByLapropOptions {
  readonly b1?: number
  readonly b2?: number
  readonly eps?: number
}

/** What `scaleByLaprop` accepts as options. */
export const lapropKinds = { b1: decay, b2: decay, eps: notNegative }

/**
 * Averages gradients that were normalised by their second moment: Adam the other way round.
 *
 *     t   = count + 1
 *     nu' = b2·nu + (1 − b2)·g²
 *     mu' = b1·mu + (1 − b1)·g / (√(nu' / (1 − b2^t)) + eps)
 *     u   = mu' / (1 − b1^t)
 *
 * Shapes: u, mu and nu are shaped like g; count is one number a tree. Defaults: b1 = 0.9, b2 = 0.999, eps = 1e-15.
 * Range: that of `scaleByAdam`, where g² may leave float32.
 * Errors: `bad-hyperparameter` unless 0 ≤ b1, b2 < 1 and eps ≥ 0.
 * Source: Ziyin et al. 2020, Algorithm 1, arXiv 2002.04839. The authors' code averages the learning rate along; with a constant one it is this.
 */
export const scaleByLaprop = (options: ScaleByLapropOptions = {}, ...excess: Excess) => {
  checkOptions('scaleByLaprop', options, lapropKinds, excess)
  const { b1 = 0.9, b2 = 0.999, eps = 1e-15 } = options
  return rule({
    name: 'scaleByLaprop',
    slots: { count: counter, mu: moment, nu: moment },
    update: ({ g }, state) => {
      const count = add(state.count, 1)
      const nu = ema(state.nu, square(g), b2)
      const mu = ema(state.mu, div(g, add(rootOf(debias(nu, b2, count), 0), eps)), b1)
      return { u: debias(mu, b1, count), next: { count, mu, nu } }
    },
  })
}
