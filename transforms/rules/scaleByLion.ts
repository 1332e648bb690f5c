import { checkOptions, decay } from '../../lib/check/options.ts'
import { add, sign } from '../../lib/expr/expr.ts'
import { ema } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'
import { counter, moment } from '../../lib/rule/slot.ts'

/** Options of `scaleByLion`. */
export interface ScaleByLionOptions {
  readonly b1?: number
  readonly b2?: number
}

/** What `scaleByLion` accepts as options. */
export const lionKinds = { b1: decay, b2: decay }

/**
 * The sign of an average of momentum and gradient.
 *
 *     u   = sign(b1·mu + (1 − b1)·g)
 *     mu' = b2·mu + (1 − b2)·g
 *
 * Shapes: u and mu are shaped like g; count is one number a tree. Defaults: b1 = 0.9, b2 = 0.99.
 * Errors: `bad-hyperparameter` unless 0 ≤ b1, b2 < 1.
 * Source: Chen et al. 2023, Algorithm 2, arXiv 2302.06675; optax, `scale_by_lion`.
 */
export const scaleByLion = (options: ScaleByLionOptions = {}) => {
  checkOptions('scaleByLion', options, lionKinds)
  const { b1 = 0.9, b2 = 0.99 } = options
  return rule({
    name: 'scaleByLion',
    slots: { count: counter, mu: moment },
    update: ({ g }, state) => ({
      u: sign(ema(state.mu, g, b1)),
      next: { count: add(state.count, 1), mu: ema(state.mu, g, b2) },
    }),
  })
}
