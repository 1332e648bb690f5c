import { checkOptions, decay, hyperNumber, type Kind, notNegative } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, div, mul } from '../../lib/expr/expr.ts'
import { type Hyper, hyper } from '../../lib/expr/schedule.ts'
import { debias, ema, square } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'
import { counter, moment } from '../../lib/rule/slot.ts'
import { rootOf } from './scaleByAdam.ts'

/** Options of `scaleByAdemamix`. */
export interface ScaleByAdemamixOptions {
  readonly b1?: number
  readonly b2?: number
  readonly b3?: Hyper
  readonly alpha?: Hyper
  readonly eps?: number
  readonly epsRoot?: number
}

const hyperDecay: Kind = {
  expected: `${decay.expected}, or a schedule`,
  test: (x) => typeof x === 'function' || decay.test(x),
}

/** What `scaleByAdemamix` accepts as options. */
export const ademamixKinds = {
  ...{ b1: decay, b2: decay, b3: hyperDecay },
  ...{ alpha: hyperNumber, eps: notNegative, epsRoot: notNegative },
}

/**
 * Rescales gradients by Adam's moments with a second, much longer average in the numerator.
 *
 *     t   = count + 1
 *     m1' = b1·m1 + (1 − b1)·g
 *     m2' = b3·m2 + (1 − b3)·g
 *     nu' = b2·nu + (1 − b2)·g²
 *     u   = (m1' / (1 − b1^t) + alpha·m2') / (√(nu' / (1 − b2^t) + epsRoot) + eps)
 *
 * m2 is not freed of its start. b3 and alpha may be schedules of countM2, which is optax's and the same as count.
 *
 * Shapes: u, m1, m2 and nu are shaped like g; count and countM2 are one number a tree.
 * Defaults: b1 = 0.9, b2 = 0.999, b3 = 0.9999, alpha = 6, eps = 1e-8, epsRoot = 0; `ademamix` has alpha = 5.
 * Range: that of `scaleByAdam`, where g² may leave float32.
 * Errors: `bad-hyperparameter` unless 0 ≤ b1, b2, b3 < 1, alpha is finite and eps, epsRoot ≥ 0.
 * Source: Pagliardini et al. 2024, Algorithm 1, arXiv 2409.03137; optax, `contrib.scale_by_ademamix`.
 */
export const scaleByAdemamix = (options: ScaleByAdemamixOptions = {}, ...excess: Excess) => {
  checkOptions('scaleByAdemamix', options, ademamixKinds, excess)
  const { b1 = 0.9, b2 = 0.999, b3 = 0.9999, alpha = 6, eps = 1e-8, epsRoot = 0 } = options
  return rule({
    name: 'scaleByAdemamix',
    slots: { count: counter, countM2: counter, m1: moment, m2: moment, nu: moment },
    update: ({ g }, state) => {
      const count = add(state.count, 1)
      const m1 = ema(state.m1, g, b1)
      const m2 = ema(state.m2, g, hyper(b3, state.countM2))
      const nu = ema(state.nu, square(g), b2)
      const direction = add(debias(m1, b1, count), mul(hyper(alpha, state.countM2), m2))
      return {
        u: div(direction, add(rootOf(debias(nu, b2, count), epsRoot), eps)),
        next: { count, countM2: add(state.countM2, 1), m1, m2, nu },
      }
    },
  })
}
