import { checkOptions, finite, notNegative, positive } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, cos, div, min, mul, pow } from '../../lib/expr/expr.ts'
import { schedule } from '../../lib/expr/schedule.ts'

/** Options of `cosineDecaySchedule`. */
export interface CosineDecayScheduleOptions {
  readonly initValue: number
  readonly decaySteps: number
  readonly alpha?: number
  readonly exponent?: number
}

/**
 * Half a cosine from initValue down to alpha·initValue.
 *
 *     c     = min(count, decaySteps)
 *     value = initValue·((1 − alpha)·(½(1 + cos(π·c / decaySteps)))^exponent + alpha)
 *
 * Units: steps are updates. Defaults: alpha = 0, exponent = 1; initValue and decaySteps must be given.
 * Errors: `bad-hyperparameter` unless decaySteps > 0, exponent ≥ 0 and the values are finite.
 * Source: Loshchilov & Hutter 2017, arXiv 1608.03983; optax, `cosine_decay_schedule`.
 */
export const cosineDecaySchedule = (options: CosineDecayScheduleOptions, ...excess: Excess) => {
  checkOptions(
    'cosineDecaySchedule',
    options,
    {
      initValue: finite,
      decaySteps: positive,
      alpha: finite,
      exponent: notNegative,
    },
    excess,
    ['initValue', 'decaySteps'],
  )
  const { initValue, decaySteps, alpha = 0, exponent = 1 } = options
  return schedule((count) => {
    const part = div(mul(Math.PI, min(count, decaySteps)), decaySteps)
    const wave = mul(0.5, add(1, cos(part)))
    return mul(initValue, add(mul(1 - alpha, exponent === 1 ? wave : pow(wave, exponent)), alpha))
  })
}
