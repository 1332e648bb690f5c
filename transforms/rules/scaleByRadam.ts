import { checkOptions, finite } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, div, type Expr, lessEqual, mul, pow, select, sqrt, sub } from '../../lib/expr/expr.ts'
import { debias, ema, square } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'
import { counter, moment } from '../../lib/rule/slot.ts'
import { adamKinds, rootOf, type ScaleByAdamOptions } from './scaleByAdam.ts'

/** Options of `scaleByRadam`. */
export interface ScaleByRadamOptions extends ScaleByAdamOptions {
  readonly threshold?: number
}

/** What `scaleByRadam` accepts as options. */
export const radamKinds = { ...adamKinds, threshold: finite }

/**
 * Rescales gradients by Adam's moments once enough steps are averaged, and by the first moment alone before.
 *
 *     t   = count + 1
 *     mu' = b1·mu + (1 − b1)·g
 *     nu' = b2·nu + (1 − b2)·g²
 *     ρ∞  = 2 / (1 − b2) − 1
 *     ρ   = ρ∞ − 2·t·b2^t / (1 − b2^t), the length of the average
 *     r   = √((ρ − 4)·(ρ − 2)·ρ∞ / ((ρ∞ − 4)·(ρ∞ − 2)·ρ))
 *     u   = r·m̂ / (√(nu' / (1 − b2^t) + epsRoot) + eps) where ρ ≥ threshold, else m̂; m̂ = mu' / (1 − b1^t)
 *
 * With `nesterov` m̂ is the numerator of `scaleByAdam` with nesterov.
 *
 * Shapes: u, mu and nu are shaped like g; count is one number a tree.
 * Defaults: b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0, threshold = 5, nesterov = false.
 * Range: that of `scaleByAdam`, where g² may leave float32.
 * Errors: `bad-hyperparameter` unless 0 ≤ b1, b2 < 1, eps, epsRoot ≥ 0 and threshold is finite.
 * Source: Liu et al. 2020, Algorithm 2, arXiv 1908.03265; optax, `scale_by_radam`.
 */
export const scaleByRadam = (options: ScaleByRadamOptions = {}, ...excess: Excess) => {
  checkOptions('scaleByRadam', options, radamKinds, excess)
  const { b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0, threshold = 5, nesterov = false } = options
  return rule({
    name: 'scaleByRadam',
    slots: { count: counter, mu: moment, nu: moment },
    update: ({ g }, state) => {
      const count = add(state.count, 1)
      const mu = ema(state.mu, g, b1)
      const nu = ema(state.nu, square(g), b2)
      const direction = nesterov ? ema(debias(mu, b1, add(count, 1)), debias(g, b1, count), b1) : debias(mu, b1, count)
      const { length, rectifier } = rectification(b2, count)
      const scaled = div(mul(rectifier, direction), add(rootOf(debias(nu, b2, count), epsRoot), eps))
      return { u: select(lessEqual(threshold, length), scaled, direction), next: { count, mu, nu } }
    },
  })
}

/** How many steps an average with b2 holds after `count` of them, and what its variance is corrected by. */
const rectification = (b2: number, count: Expr<'step'>) => {
  const most = 2 / (1 - b2) - 1
  const power = pow(b2, count)
  const length = sub(most, div(mul(mul(2, count), power), sub(1, power)))
  const above = mul(mul(sub(length, 4), sub(length, 2)), most)
  return { length, rectifier: sqrt(div(above, mul((most - 4) * (most - 2), length))) }
}
