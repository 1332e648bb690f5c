import { checkOptions, decay, finite, oneOf } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { abs, add, type Expr, less, mul, select, sign, tanh } from '../../lib/expr/expr.ts'
import { ema } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'
import { counter, moment } from '../../lib/rule/slot.ts'

/** How `scaleByLion` takes the sign of the average. */
export type LionMode = 'hard' | 'smooth' | 'refined'

/** Options of `scaleByLion`. */
export interface ScaleByLionOptions {
  readonly b1?: number
  readonly b2?: number
  readonly mode?: LionMode
  readonly smoothBeta?: number
}

/** What `scaleByLion` accepts as options. */
export const lionKinds = { b1: decay, b2: decay, mode: oneOf('hard', 'smooth', 'refined'), smoothBeta: finite }

type Signing = (x: Expr<'cell'>, smoothBeta: number) => Expr<'cell'>

const signings: { readonly [mode in LionMode]: Signing } = {
  hard: (x) => sign(x),
  smooth: (x, smoothBeta) => tanh(mul(smoothBeta, x)),
  refined: (x) => select(less(abs(x), 1), x, sign(x)),
}

/**
 * The sign of an average of momentum and gradient.
 *
 *     x   = b1·mu + (1 − b1)·g
 *     u   = sign(x), or tanh(smoothBeta·x) where mode is 'smooth', or x where |x| < 1 and else sign(x) where it is 'refined'
 *     mu' = b2·mu + (1 − b2)·g
 *
 * Shapes: u and mu are shaped like g; count is one number a tree. Defaults: b1 = 0.9, b2 = 0.99, mode = 'hard', smoothBeta = 1.
 * Errors: `bad-hyperparameter` unless 0 ≤ b1, b2 < 1, mode is one of the three and smoothBeta a finite number.
 * Source: Chen et al. 2023, Algorithm 2, arXiv 2302.06675; optax, `scale_by_lion`.
 */
export const scaleByLion = (options: ScaleByLionOptions = {}, ...excess: Excess) => {
  checkOptions('scaleByLion', options, lionKinds, excess)
  const { b1 = 0.9, b2 = 0.99, mode = 'hard', smoothBeta = 1 } = options
  return rule({
    name: 'scaleByLion',
    slots: { count: counter, mu: moment },
    update: ({ g }, state) => ({
      u: signings[mode](ema(state.mu, g, b1), smoothBeta),
      next: { count: add(state.count, 1), mu: ema(state.mu, g, b2) },
      hypers: { b1, b2 },
    }),
  })
}
