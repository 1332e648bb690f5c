import { checkOptions } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, div, type Expr, less, select, sqrt, sub } from '../../lib/expr/expr.ts'
import { debias, ema, square } from '../../lib/expr/words.ts'
import { type GradientTransformation, type Params, rule } from '../../lib/form/transformation.ts'
import { counter, filled, moment } from '../../lib/rule/slot.ts'
import { rmsKinds, type ScaleByRmsOptions } from './scaleByRms.ts'

/** The state of `scaleByStddev`; `count` with bias correction only. */
export interface ScaleByStddevState {
  readonly mu: Params
  readonly nu: Params
  readonly count?: number
}

/** √(variance + eps), or √variance + eps; the variance counts as 0 where the root would be of a negative number. */
const deviation = (variance: Expr<'cell'>, eps: number, epsInSqrt: boolean): Expr<'cell'> => {
  const inside = epsInSqrt ? add(variance, eps) : variance
  const root = sqrt(select(less(inside, 0), epsInSqrt ? eps : 0, inside))
  return epsInSqrt ? root : add(root, eps)
}

/**
 * Rescales gradients by their standard deviation: the centred form of `scaleByRms`.
 *
 *     mu' = decay·mu + (1 − decay)·g
 *     nu' = decay·nu + (1 − decay)·g²
 *     u   = g / √(nu' − mu'² + eps), or g / (√(nu' − mu'²) + eps) with epsInSqrt false
 *
 * Where rounding makes the number under the root negative, the variance nu' − mu'² counts as 0; optax gives NaN there.
 *
 * With `biasCorrection`, both averages are divided by 1 − decay^t in u, t = count + 1.
 *
 * Shapes: u, mu and nu are shaped like g. State: { mu, nu }, and { count, mu, nu } with bias correction.
 * Range: that of `scaleByAdam`, where g² may leave float32.
 * Defaults and errors: those of `scaleByRms`.
 * Source: Hinton 2012, lecture 6e; optax, `scale_by_stddev`.
 */
export const scaleByStddev = (
  options: ScaleByRmsOptions = {},
  ...excess: Excess
): GradientTransformation<ScaleByStddevState> => {
  checkOptions('scaleByStddev', options, rmsKinds, excess)
  const { decay = 0.9, eps = 1e-8, initialScale = 0, epsInSqrt = true, biasCorrection = false } = options
  const name = 'scaleByStddev'
  if (!biasCorrection) {
    return rule({
      name,
      slots: { mu: moment, nu: filled(initialScale) },
      update: ({ g }, state) => {
        const mu = ema(state.mu, g, decay)
        const nu = ema(state.nu, square(g), decay)
        return { u: div(g, deviation(sub(nu, square(mu)), eps, epsInSqrt)), next: { mu, nu } }
      },
    })
  }
  return rule({
    name,
    slots: { count: counter, mu: moment, nu: filled(initialScale) },
    update: ({ g }, state) => {
      const count = add(state.count, 1)
      const mu = ema(state.mu, g, decay)
      const nu = ema(state.nu, square(g), decay)
      const variance = sub(debias(nu, decay, count), square(debias(mu, decay, count)))
      return { u: div(g, deviation(variance, eps, epsInSqrt)), next: { count, mu, nu } }
    },
  })
}
