import { checkOptions, decay, notNegative } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, div, mul, sign, sub } from '../../lib/expr/expr.ts'
import { debias, ema, square } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'
import { counter, filled } from '../../lib/rule/slot.ts'
import { rootOf } from './scaleByAdam.ts'

/** Options of `scaleByYogi`. */
export interface ScaleByYogiOptions {
  readonly b1?: number
  readonly b2?: number
  readonly eps?: number
  readonly epsRoot?: number
  readonly initialAccumulatorValue?: number
}

/** What `scaleByYogi` accepts as options. */
export const yogiKinds = {
  ...{ b1: decay, b2: decay, eps: notNegative, epsRoot: notNegative },
  initialAccumulatorValue: notNegative,
}

/**
 * Rescales gradients by Adam's moments with a second moment that changes by no more than g².
 *
 *     t   = count + 1
 *     mu' = b1·mu + (1 − b1)·g
 *     nu' = nu − (1 − b2)·sign(nu − g²)·g²
 *     u   = (mu' / (1 − b1^t)) / (√(nu' / (1 − b2^t) + epsRoot) + eps)
 *
 * As in optax both moments start at initialAccumulatorValue, and both are divided as if they had started at 0.
 *
 * Shapes: u, mu and nu are shaped like g; count is one number a tree.
 * Defaults: b1 = 0.9, b2 = 0.999, eps = 1e-3, epsRoot = 0, initialAccumulatorValue = 1e-6.
 * Range: that of `scaleByAdam`, where g² may leave float32.
 * Errors: `bad-hyperparameter` unless 0 ≤ b1, b2 < 1 and the others are ≥ 0.
 * Source: Zaheer et al. 2018, Algorithm 2, "Adaptive Methods for Nonconvex Optimization"; optax, `scale_by_yogi`.
 */
export const scaleByYogi = (options: ScaleByYogiOptions = {}, ...excess: Excess) => {
  checkOptions('scaleByYogi', options, yogiKinds, excess)
  const { b1 = 0.9, b2 = 0.999, eps = 1e-3, epsRoot = 0, initialAccumulatorValue = 1e-6 } = options
  return rule({
    name: 'scaleByYogi',
    slots: { count: counter, mu: filled(initialAccumulatorValue), nu: filled(initialAccumulatorValue) },
    update: ({ g }, state) => {
      const count = add(state.count, 1)
      const squared = square(g)
      const mu = ema(state.mu, g, b1)
      const nu = sub(state.nu, mul(mul(1 - b2, sign(sub(state.nu, squared))), squared))
      return {
        u: div(debias(mu, b1, count), add(rootOf(debias(nu, b2, count), epsRoot), eps)),
        next: { count, mu, nu },
      }
    },
  })
}
