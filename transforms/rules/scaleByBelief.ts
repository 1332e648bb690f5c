import { checkOptions } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, div, sqrt, sub } from '../../lib/expr/expr.ts'
import { debias, ema, square } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'
import { counter, moment } from '../../lib/rule/slot.ts'
import { adamKinds, type ScaleByAdamOptions } from './scaleByAdam.ts'

/** Options of `scaleByBelief`: those of `scaleByAdam`. */
export type ScaleByBeliefOptions = ScaleByAdamOptions

/**
 * Rescales gradients by how far they are from what was expected of them.
 *
 *     t   = count + 1
 *     mu' = b1·mu + (1 − b1)·g
 *     nu' = b2·nu + (1 − b2)·(g − mu')² + epsRoot
 *     u   = (mu' / (1 − b1^t)) / (√(nu' / (1 − b2^t)) + eps)
 *
 * With `nesterov` the numerator is that of `scaleByAdam`. With eps = epsRoot this is the authors' own code without rectification,
 * which is the AdaBelief of XGrad.
 *
 * Shapes: u, mu and nu are shaped like g; count is one number a tree.
 * Defaults: b1 = 0.9, b2 = 0.999, eps = 1e-16, epsRoot = 1e-16, nesterov = false.
 * Range: that of `scaleByAdam`, where g² may leave float32.
 * Errors: `bad-hyperparameter` unless 0 ≤ b1, b2 < 1 and eps, epsRoot ≥ 0.
 * Source: Zhuang et al. 2020, Algorithm 2, arXiv 2010.07468; defaults of optax.
 */
export const scaleByBelief = (options: ScaleByBeliefOptions = {}, ...excess: Excess) => {
  checkOptions('scaleByBelief', options, adamKinds, excess)
  const { b1 = 0.9, b2 = 0.999, eps = 1e-16, epsRoot = 1e-16, nesterov = false } = options
  return rule({
    name: 'scaleByBelief',
    slots: { count: counter, mu: moment, nu: moment },
    update: ({ g }, state) => {
      const count = add(state.count, 1)
      const mu = ema(state.mu, g, b1)
      const nu = add(ema(state.nu, square(sub(g, mu)), b2), epsRoot)
      const direction = nesterov ? ema(debias(mu, b1, add(count, 1)), debias(g, b1, count), b1) : debias(mu, b1, count)
      return { u: div(direction, add(sqrt(debias(nu, b2, count)), eps)), next: { count, mu, nu } }
    },
  })
}
