import { checkOptions } from '../../lib/check/options.ts'
import { add, div, sub } from '../../lib/expr/expr.ts'
import { debias, ema, square } from '../../lib/expr/words.ts'
import { type GradientTransformation, type Params, rule } from '../../lib/form/transformation.ts'
import { counter, filled, moment } from '../../lib/rule/slot.ts'
import { rmsKinds, rootWithEps, type ScaleByRmsOptions } from './scaleByRms.ts'

/** The state of `scaleByStddev`; `count` with bias correction only. */
export interface ScaleByStddevState {
  readonly mu: Params
  readonly nu: Params
  readonly count?: number
}

/**
 * Rescales gradients by their standard deviation: the centred form of `scaleByRms`.
 *
 *     mu' = decay·mu + (1 − decay)·g
 *     nu' = decay·nu + (1 − decay)·g²
 *     u   = g / √(nu' − mu'² + eps), or g / (√(nu' − mu'²) + eps) with epsInSqrt false
 *
 * With `biasCorrection`, both averages are divided by 1 − decay^t in u, t = count + 1.
 *
 * Shapes: u, mu and nu are shaped like g. State: { mu, nu }, and { count, mu, nu } with bias correction.
 * Defaults and errors: those of `scaleByRms`.
 * Source: Hinton 2012, lecture 6e; optax, `scale_by_stddev`.
 */
export const scaleByStddev = (options: ScaleByRmsOptions = {}): GradientTransformation<ScaleByStddevState> => {
  checkOptions('scaleByStddev', options, rmsKinds)
  const { decay = 0.9, eps = 1e-8, initialScale = 0, epsInSqrt = true, biasCorrection = false } = options
  const name = 'scaleByStddev'
  if (!biasCorrection) {
    return rule({
      name,
      slots: { mu: moment, nu: filled(initialScale) },
      update: ({ g }, state) => {
        const mu = ema(state.mu, g, decay)
        const nu = ema(state.nu, square(g), decay)
        return { u: div(g, rootWithEps(sub(nu, square(mu)), eps, epsInSqrt)), next: { mu, nu } }
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
      return { u: div(g, rootWithEps(variance, eps, epsInSqrt)), next: { count, mu, nu } }
    },
  })
}
