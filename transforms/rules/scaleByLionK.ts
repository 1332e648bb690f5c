import { checkOptions, decay, type Kind } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, type Expr, sign } from '../../lib/expr/expr.ts'
import { ema } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'
import { counter, moment } from '../../lib/rule/slot.ts'

/** Options of `scaleByLionK`. */
export interface ScaleByLionKOptions {
  readonly b1?: number
  readonly b2?: number
  /** The gradient of K, written with the builders of `expr`. */
  readonly gradient?: (x: Expr<'cell'>) => Expr<'cell'>
}

const gradientKind: Kind = { expected: 'a function of an expression', test: (x) => typeof x === 'function' }

/** What `scaleByLionK` accepts as options. */
export const lionKKinds = { b1: decay, b2: decay, gradient: gradientKind }

/**
 * The gradient of a convex function K at an average of momentum and gradient.
 *
 *     u   = ∇K(b1·mu + (1 − b1)·g)
 *     mu' = b2·mu + (1 − b2)·g
 *
 * K = ‖x‖₁, whose gradient is the sign, is Lion; K = ‖x‖²/2 is momentum; K = Σ√(x² + e²) is a smooth Lion:
 * `gradient: (x) => expr.div(x, expr.sqrt(expr.add(expr.square(x), e * e)))`. K = ‖x‖ is `(x) => expr.div(x, expr.normTree(x))`.
 *
 * Shapes: u and mu are shaped like g; count is one number a tree. Defaults: b1 = 0.9, b2 = 0.99, gradient: the sign.
 * Errors: `bad-hyperparameter` unless 0 ≤ b1, b2 < 1 and gradient is a function; `bad-rule` where it answers with no expression.
 * Source: Chen et al. 2024, "Lion Secretly Solves Constrained Optimization", arXiv 2310.05898.
 */
export const scaleByLionK = (options: ScaleByLionKOptions = {}, ...excess: Excess) => {
  checkOptions('scaleByLionK', options, lionKKinds, excess)
  const { b1 = 0.9, b2 = 0.99, gradient = sign<Expr<'cell'>> } = options
  return rule({
    name: 'scaleByLionK',
    slots: { count: counter, mu: moment },
    update: ({ g }, state) => ({
      u: gradient(ema(state.mu, g, b1)),
      next: { count: add(state.count, 1), mu: ema(state.mu, g, b2) },
    }),
  })
}
