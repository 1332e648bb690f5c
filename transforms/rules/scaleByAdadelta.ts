import { checkOptions, decay, notNegative } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, div, mul, sqrt } from '../../lib/expr/expr.ts'
import { ema, square } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'
import { moment } from '../../lib/rule/slot.ts'

/** Options of `scaleByAdadelta`. */
export interface ScaleByAdadeltaOptions {
  readonly rho?: number
  readonly eps?: number
}

/** What `scaleByAdadelta` accepts as options. */
export const adadeltaKinds = { rho: decay, eps: notNegative }

/**
 * Rescales gradients by the ratio of the sizes of recent updates and recent gradients, so that updates have the parameters' unit.
 *
 *     eG' = rho·eG + (1 − rho)·g²
 *     u   = √(eX + eps) / √(eG' + eps)·g
 *     eX' = rho·eX + (1 − rho)·u²
 *
 * u is made with the eX of the step before.
 *
 * Shapes: u, eG and eX are shaped like g. Defaults: rho = 0.9, eps = 1e-6.
 * Range: that of `scaleByAdam`, where g² may leave float32.
 * Errors: `bad-hyperparameter` unless 0 ≤ rho < 1 and eps ≥ 0.
 * Source: Zeiler 2012, Algorithm 1, arXiv 1212.5701; optax, `scale_by_adadelta`.
 */
export const scaleByAdadelta = (options: ScaleByAdadeltaOptions = {}, ...excess: Excess) => {
  checkOptions('scaleByAdadelta', options, adadeltaKinds, excess)
  const { rho = 0.9, eps = 1e-6 } = options
  return rule({
    name: 'scaleByAdadelta',
    slots: { eG: moment, eX: moment },
    update: ({ g }, state) => {
      const eG = ema(state.eG, square(g), rho)
      const u = mul(div(sqrt(add(state.eX, eps)), sqrt(add(eG, eps))), g)
      return { u, next: { eG, eX: ema(state.eX, square(u), rho) } }
    },
  })
}
