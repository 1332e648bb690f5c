import { checkOptions, decay, notNegative } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, div, equal, mul, select, sub } from '../../lib/expr/expr.ts'
import { debias, ema, square } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'
import { counter, moment } from '../../lib/rule/slot.ts'
import { rootOf } from './scaleByAdam.ts'

/** Options of `scaleByAdan`. */
export interface ScaleByAdanOptions {
  readonly b1?: number
  readonly b2?: number
  readonly b3?: number
  readonly eps?: number
  readonly epsRoot?: number
}

/** What `scaleByAdan` accepts as options. */
export const adanKinds = { b1: decay, b2: decay, b3: decay, eps: notNegative, epsRoot: notNegative }

/**
 * Rescales gradients by moments of the gradient, of its change, and of their sum: Nesterov's momentum without a gradient elsewhere.
 *
 *     t' = t + 1
 *     d  = g − the gradient of the step before; 0 in the first step
 *     m' = b1·m + (1 − b1)·g
 *     v' = b2·v + (1 − b2)·d
 *     n' = b3·n + (1 − b3)·(g + (1 − b2)·d)²
 *     u  = (m̂ + (1 − b2)·v̂) / (√(n̂ + epsRoot) + eps), with m̂ = m' / (1 − b1^t'), and so v̂ with b2 and n̂ with b3
 *
 * Shapes: u, m, v, n and g, the last gradient, are shaped like the gradient; t is one number a tree.
 * Defaults: b1 = 0.98, b2 = 0.92, b3 = 0.99, eps = 1e-8, epsRoot = 0; `adan` has epsRoot = 1e-8.
 * Range: that of `scaleByAdam`, where g² may leave float32.
 * Errors: `bad-hyperparameter` unless 0 ≤ b1, b2, b3 < 1 and eps, epsRoot ≥ 0.
 * Source: Xie et al. 2022, Algorithm 1, arXiv 2208.06677 (whose betas are 1 minus these); optax, `scale_by_adan`.
 */
export const scaleByAdan = (options: ScaleByAdanOptions = {}, ...excess: Excess) => {
  checkOptions('scaleByAdan', options, adanKinds, excess)
  const { b1 = 0.98, b2 = 0.92, b3 = 0.99, eps = 1e-8, epsRoot = 0 } = options
  return rule({
    name: 'scaleByAdan',
    slots: { t: counter, m: moment, v: moment, n: moment, g: moment },
    update: ({ g }, state) => {
      const t = add(state.t, 1)
      const change = select(equal(state.t, 0), 0, sub(g, state.g))
      const m = ema(state.m, g, b1)
      const v = ema(state.v, change, b2)
      const n = ema(state.n, square(add(g, mul(1 - b2, change))), b3)
      const direction = add(debias(m, b1, t), mul(1 - b2, debias(v, b2, t)))
      return { u: div(direction, add(rootOf(debias(n, b3, t), epsRoot), eps)), next: { t, m, v, n, g } }
    },
  })
}
