import { checkOptions, decay, flag, notNegative } from '../../lib/check/options.ts'
import { add, div, max } from '../../lib/expr/expr.ts'
import { debias, ema, square } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'
import { counter, moment } from '../../lib/rule/slot.ts'
import { rootOf } from './scaleByAdam.ts'

/** Options of `scaleByAmsgrad`. */
export interface ScaleByAmsgradOptions {
  readonly b1?: number
  readonly b2?: number
  readonly eps?: number
  readonly epsRoot?: number
  readonly biasCorrectionMu?: boolean
  readonly biasCorrectionNu?: boolean
}

/** What `scaleByAmsgrad` accepts as options. */
export const amsgradKinds = {
  ...{ b1: decay, b2: decay, eps: notNegative, epsRoot: notNegative },
  ...{ biasCorrectionMu: flag, biasCorrectionNu: flag },
}

/**
 * Rescales gradients by Adam's moments with the largest second moment seen so far.
 *
 *     t      = count + 1
 *     mu'    = b1·mu + (1 − b1)·g
 *     nu'    = b2·nu + (1 − b2)·g²
 *     nuMax' = max(nuMax, nu' / (1 − b2^t))
 *     u      = (mu' / (1 − b1^t)) / (√(nuMax' + epsRoot) + eps)
 *
 * Without `biasCorrectionMu` mu' stands in u for mu' / (1 − b1^t), and without `biasCorrectionNu` nu' in nuMax' for nu' / (1 − b2^t).
 *
 * Shapes: u, mu, nu and nuMax are shaped like g; count is one number a tree.
 * Defaults: b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0, biasCorrectionMu = true, biasCorrectionNu = true.
 * Errors: `bad-hyperparameter` unless 0 ≤ b1, b2 < 1 and eps, epsRoot ≥ 0.
 * Source: Reddi et al. 2018, Algorithm 2, arXiv 1904.09237, with optax's bias corrections.
 */
export const scaleByAmsgrad = (options: ScaleByAmsgradOptions = {}) => {
  checkOptions('scaleByAmsgrad', options, amsgradKinds)
  const { b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0, biasCorrectionMu = true, biasCorrectionNu = true } = options
  return rule({
    name: 'scaleByAmsgrad',
    slots: { count: counter, mu: moment, nu: moment, nuMax: moment },
    update: ({ g }, state) => {
      const count = add(state.count, 1)
      const mu = ema(state.mu, g, b1)
      const nu = ema(state.nu, square(g), b2)
      const nuMax = max(state.nuMax, biasCorrectionNu ? debias(nu, b2, count) : nu)
      const rms = rootOf(nuMax, epsRoot)
      const direction = biasCorrectionMu ? debias(mu, b1, count) : mu
      return { u: div(direction, add(rms, eps)), next: { count, mu, nu, nuMax } }
    },
  })
}
