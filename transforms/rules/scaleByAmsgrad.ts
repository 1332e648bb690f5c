import { checkOptions, decay, flag, notNegative } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, div, type Expr, max } from '../../lib/expr/expr.ts'
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
  /** Keep the maximum of nu' itself and correct its bias in u, as torch does. */
  readonly raw?: boolean
}

/** What `scaleByAmsgrad` accepts as options. */
export const amsgradKinds = {
  ...{ b1: decay, b2: decay, eps: notNegative, epsRoot: notNegative },
  ...{ biasCorrectionMu: flag, biasCorrectionNu: flag, raw: flag },
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
 * With `raw`, nuMax' = max(nuMax, nu') and nuMax' / (1 − b2^t) stands in u: AMSGrad as torch has it.
 *
 * Shapes: u, mu, nu and nuMax are shaped like g; count is one number a tree.
 * Defaults: b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0, biasCorrectionMu = true, biasCorrectionNu = true, raw = false.
 * Range: that of `scaleByAdam`, where g² may leave float32.
 * Errors: `bad-hyperparameter` unless 0 ≤ b1, b2 < 1 and eps, epsRoot ≥ 0.
 * Source: Reddi et al. 2018, Algorithm 2, arXiv 1904.09237, with optax's bias corrections.
 */
export const scaleByAmsgrad = (options: ScaleByAmsgradOptions = {}, ...excess: Excess) => {
  checkOptions('scaleByAmsgrad', options, amsgradKinds, excess)
  const {
    b1 = 0.9,
    b2 = 0.999,
    eps = 1e-8,
    epsRoot = 0,
    biasCorrectionMu = true,
    biasCorrectionNu = true,
    raw = false,
  } = options
  return rule({
    name: 'scaleByAmsgrad',
    slots: { count: counter, mu: moment, nu: moment, nuMax: moment },
    update: ({ g }, state) => {
      const count = add(state.count, 1)
      const mu = ema(state.mu, g, b1)
      const nu = ema(state.nu, square(g), b2)
      const corrected = (x: Expr<'cell'>) => (biasCorrectionNu ? debias(x, b2, count) : x)
      const nuMax = max(state.nuMax, raw ? nu : corrected(nu))
      const rms = rootOf(raw ? corrected(nuMax) : nuMax, epsRoot)
      const direction = biasCorrectionMu ? debias(mu, b1, count) : mu
      return { u: div(direction, add(rms, eps)), next: { count, mu, nu, nuMax } }
    },
  })
}
