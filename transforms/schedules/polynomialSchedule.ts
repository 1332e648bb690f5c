import { checkOptions, finite, notNegative, whole } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, div, max, min, mul, sub } from '../../lib/expr/expr.ts'
import { schedule } from '../../lib/expr/schedule.ts'
import { single, singlePow } from '../../lib/expr/single.ts'

/** Options of `polynomialSchedule`. */
export interface PolynomialScheduleOptions {
  readonly initValue: number
  readonly endValue: number
  readonly power: number
  readonly transitionSteps: number
  readonly transitionBegin?: number
}

/**
 * From initValue to endValue along a power of the time that is left.
 *
 *     c     = clamp(count − transitionBegin, 0, transitionSteps)
 *     value = (initValue − endValue)·(1 − c / transitionSteps)^power + endValue; initValue if transitionSteps ≤ 0
 *
 * A negative transitionBegin counts as 0.
 *
 * Computed in float32, as optax computes it (an int32 count over an int), so that its recorded runs replay.
 *
 * Units: steps are updates. Defaults: transitionBegin = 0; the others must be given.
 * Errors: `bad-hyperparameter` unless values are finite, power ≥ 0 and steps are integers.
 * Source: optax, `polynomial_schedule`.
 */
export const polynomialSchedule = (options: PolynomialScheduleOptions, ...excess: Excess) => {
  checkOptions(
    'polynomialSchedule',
    options,
    {
      initValue: finite,
      endValue: finite,
      power: notNegative,
      transitionSteps: whole,
      transitionBegin: whole,
    },
    excess,
    ['initValue', 'endValue', 'power', 'transitionSteps'],
  )
  const { initValue, endValue, power, transitionSteps, transitionBegin = 0 } = options
  return schedule((count) => {
    if (transitionSteps <= 0) return initValue
    const passed = min(max(sub(count, Math.max(transitionBegin, 0)), 0), transitionSteps)
    const left = single(sub(1, single(div(passed, transitionSteps))))
    return single(add(single(mul(single(initValue - endValue), singlePow(left, power))), single(endValue)))
  })
}
