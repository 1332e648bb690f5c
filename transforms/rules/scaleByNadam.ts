import { checkOptions, decay, notNegative } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, div, type Expr, mul, pow, sub } from '../../lib/expr/expr.ts'
import { debias, ema, square } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'
import { counter, moment, number } from '../../lib/rule/slot.ts'
import { rootOf } from './scaleByAdam.ts'

/** Options of `scaleByNadam`. */
export interface ScaleByNadamOptions {
  readonly b1?: number
  readonly b2?: number
  readonly eps?: number
  readonly momentumDecay?: number
}

/**
 * Rescales gradients by Adam's moments with a Nesterov momentum that grows to b1: NAdam as in the paper and in torch.
 *
 *     t          = count + 1
 *     μ(t)       = b1·(1 − 0.96^(t·momentumDecay) / 2)
 *     muProduct' = muProduct·μ(t)
 *     mu'        = b1·mu + (1 − b1)·g
 *     nu'        = b2·nu + (1 − b2)·g²
 *     n          = μ(t + 1)·mu' / (1 − muProduct'·μ(t + 1)) + (1 − μ(t))·g / (1 − muProduct')
 *     u          = n / (√(nu' / (1 − b2^t)) + eps)
 *
 * optax's `nadam`, whose momentum does not change, is `scaleByAdam` with nesterov. Old torch (1.13) has μ(t) once too often in muProduct'·μ(t + 1).
 *
 * Shapes: u, mu and nu are shaped like g; count and muProduct are one number a tree.
 * Defaults: b1 = 0.9, b2 = 0.999, eps = 1e-8, momentumDecay = 4e-3.
 * Range: that of `scaleByAdam`, where g² may leave float32.
 * Errors: `bad-hyperparameter` unless 0 ≤ b1, b2 < 1 and eps, momentumDecay ≥ 0.
 * Source: Dozat 2016, Algorithm 2, "Incorporating Nesterov Momentum into Adam"; torch 2, `NAdam`.
 */
export const scaleByNadam = (options: ScaleByNadamOptions = {}, ...excess: Excess) => {
  const kinds = { b1: decay, b2: decay, eps: notNegative, momentumDecay: notNegative }
  checkOptions('scaleByNadam', options, kinds, excess)
  const { b1 = 0.9, b2 = 0.999, eps = 1e-8, momentumDecay = 4e-3 } = options
  const momentum = (t: Expr<'step'>) => mul(b1, sub(1, mul(0.5, pow(0.96, mul(t, momentumDecay)))))
  return rule({
    name: 'scaleByNadam',
    slots: { count: counter, muProduct: number(1), mu: moment, nu: moment },
    update: ({ g }, state) => {
      const count = add(state.count, 1)
      const [now, coming] = [momentum(count), momentum(add(count, 1))]
      const muProduct = mul(state.muProduct, now)
      const mu = ema(state.mu, g, b1)
      const nu = ema(state.nu, square(g), b2)
      const ahead = mul(div(coming, sub(1, mul(muProduct, coming))), mu)
      const direction = add(ahead, mul(div(sub(1, now), sub(1, muProduct)), g))
      return {
        u: div(direction, add(rootOf(debias(nu, b2, count), 0), eps)),
        next: { count, muProduct, mu, nu },
      }
    },
  })
}
