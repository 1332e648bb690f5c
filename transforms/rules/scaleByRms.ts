import { checkOptions, decay as decayKind, flag, notNegative } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, div, type Expr, sqrt } from '../../lib/expr/expr.ts'
import { debias, ema, square } from '../../lib/expr/words.ts'
import { type GradientTransformation, type Params, rule } from '../../lib/form/transformation.ts'
import { counter, filled } from '../../lib/rule/slot.ts'

/** Options of `scaleByRms` and `scaleByStddev`. */
export interface ScaleByRmsOptions {
  readonly decay?: number
  readonly eps?: number
  readonly initialScale?: number
  readonly epsInSqrt?: boolean
  readonly biasCorrection?: boolean
}

/** What `scaleByRms` and `scaleByStddev` accept as options. */
export const rmsKinds = {
  decay: decayKind,
  eps: notNegative,
  initialScale: notNegative,
  epsInSqrt: flag,
  biasCorrection: flag,
}

/** √(x + eps), or √x + eps. */
export const rootWithEps = (x: Expr<'cell'>, eps: number, epsInSqrt: boolean): Expr<'cell'> =>
  epsInSqrt ? sqrt(add(x, eps)) : add(sqrt(x), eps)

/** The state of `scaleByRms`; `count` with bias correction only. */
export interface ScaleByRmsState {
  readonly nu: Params
  readonly count?: number
}

/**
 * Rescales gradients by the root of the moving average of their squares.
 *
 *     nu' = decay·nu + (1 − decay)·g²
 *     u   = g / √(nu' + eps), or g / (√nu' + eps) with epsInSqrt false
 *
 * With `biasCorrection`, nu' / (1 − decay^t) stands for nu' in u, t = count + 1.
 *
 * Shapes: u and nu are shaped like g. State: { nu }, and { count, nu } with bias correction.
 * Defaults: decay = 0.9, eps = 1e-8, initialScale = 0 (the value that nu starts from), epsInSqrt = true, biasCorrection = false.
 * Range: that of `scaleByAdam`, where g² may leave float32.
 * Errors: `bad-hyperparameter` unless 0 ≤ decay < 1 and eps, initialScale ≥ 0.
 * Source: Hinton 2012, lecture 6e; optax, `scale_by_rms`. XGrad's RMSprop is decay 0.99 with epsInSqrt false.
 */
export const scaleByRms = (
  options: ScaleByRmsOptions = {},
  ...excess: Excess
): GradientTransformation<ScaleByRmsState> => {
  checkOptions('scaleByRms', options, rmsKinds, excess)
  const { decay = 0.9, eps = 1e-8, initialScale = 0, epsInSqrt = true, biasCorrection = false } = options
  const name = 'scaleByRms'
  if (!biasCorrection) {
    return rule({
      name,
      slots: { nu: filled(initialScale) },
      update: ({ g }, state) => {
        const nu = ema(state.nu, square(g), decay)
        return { u: div(g, rootWithEps(nu, eps, epsInSqrt)), next: { nu }, hypers: { decay, eps } }
      },
    })
  }
  return rule({
    name,
    slots: { count: counter, nu: filled(initialScale) },
    update: ({ g }, state) => {
      const count = add(state.count, 1)
      const nu = ema(state.nu, square(g), decay)
      return {
        u: div(g, rootWithEps(debias(nu, decay, count), eps, epsInSqrt)),
        next: { count, nu },
        hypers: { decay, eps },
      }
    },
  })
}
