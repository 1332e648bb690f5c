import { checkOptions, decay, notNegative } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, div, equal, mul, select, sqrt } from '../../lib/expr/expr.ts'
import { sumLeaf } from '../../lib/expr/reductions.ts'
import { ema, square } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'
import { counter, moment, perLeaf } from '../../lib/rule/slot.ts'

/** Options of `scaleByNovograd`. */
export interface ScaleByNovogradOptions {
  readonly b1?: number
  readonly b2?: number
  readonly eps?: number
  readonly epsRoot?: number
  readonly weightDecay?: number
}

/** What `scaleByNovograd` accepts as options. */
export const novogradKinds = {
  ...{ b1: decay, b2: decay, eps: notNegative, epsRoot: notNegative },
  weightDecay: notNegative,
}

/**
 * Sums gradients that are normalised by one second moment a leaf.
 *
 *     nu' = b2·nu + (1 − b2)·‖g‖²; in the first step ‖g‖², the norm of the leaf
 *     x   = g / (√(nu' + epsRoot) + eps) + weightDecay·p
 *     mu' = b1·mu + x; in the first step x
 *     u   = mu'
 *
 * Shapes: u and mu are shaped like g; nu is one number a leaf, count one a tree. One pass over the gradients more. Needs the parameters
 * where there is decay.
 * Range: nu is float32, as in optax: from ‖g‖ = 1.8e19 on it is ∞ and x without its gradient, below 1e-23 it is 0.
 * Defaults: b1 = 0.9, b2 = 0.25, eps = 1e-8, epsRoot = 0, weightDecay = 0; `novograd` has eps = 1e-6.
 * Errors: `bad-hyperparameter` unless 0 ≤ b1, b2 < 1 and the others are ≥ 0; `missing-params`.
 * Source: Ginsburg et al. 2019, Algorithm 1, arXiv 1905.11286; optax, `scale_by_novograd`.
 */
export const scaleByNovograd = (options: ScaleByNovogradOptions = {}, ...excess: Excess) => {
  checkOptions('scaleByNovograd', options, novogradKinds, excess)
  const { b1 = 0.9, b2 = 0.25, eps = 1e-8, epsRoot = 0, weightDecay = 0 } = options
  return rule({
    name: 'scaleByNovograd',
    slots: { count: counter, mu: moment, nu: perLeaf() },
    update: ({ g, p }, state) => {
      const first = equal(state.count, 0)
      const size = sumLeaf(square(g))
      const nu = select(first, size, ema(state.nu, size, b2))
      const normalised = div(g, add(sqrt(add(nu, epsRoot)), eps))
      const x = weightDecay === 0 ? normalised : add(normalised, mul(weightDecay, p))
      const mu = select(first, x, add(mul(b1, state.mu), x))
      return { u: mu, next: { count: add(state.count, 1), mu, nu } }
    },
  })
}
