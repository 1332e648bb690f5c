import { checkOptions, finite, flag, whole } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { div, floor, lessEqual, max, min, mul, pow, select, sub } from '../../lib/expr/expr.ts'
import { schedule } from '../../lib/expr/schedule.ts'
import { single } from '../../lib/expr/single.ts'

/** Options of `exponentialDecay`. */
export interface ExponentialDecayOptions {
  readonly initValue: number
  readonly transitionSteps: number
  readonly decayRate: number
  readonly transitionBegin?: number
  readonly staircase?: boolean
  readonly endValue?: number
}

/**
 * A fixed factor every transitionSteps updates.
 *
 *     c     = count − transitionBegin
 *     value = initValue where c ≤ 0, else initValue·decayRate^(c / transitionSteps)
 *
 * With staircase the exponent is rounded down; endValue, where given, bounds the value (from below for decayRate < 1, else from above).
 * With transitionSteps ≤ 0 or decayRate 0 the value is initValue for ever; a negative transitionBegin counts as 0.
 *
 * Computed in float32, as optax computes it (an int32 count over an int), so that its recorded runs replay.
 *
 * Units: steps are updates. Defaults: transitionBegin = 0, staircase = false, no endValue; the others must be given.
 * Errors: `bad-hyperparameter` unless the values are finite and steps are integers.
 * Source: optax, `exponential_decay`.
 */
export const exponentialDecay = (options: ExponentialDecayOptions, ...excess: Excess) => {
  checkOptions(
    'exponentialDecay',
    options,
    {
      initValue: finite,
      transitionSteps: whole,
      decayRate: finite,
      transitionBegin: whole,
      staircase: flag,
      endValue: finite,
    },
    excess,
    ['initValue', 'transitionSteps', 'decayRate'],
  )
  const { initValue, transitionSteps, decayRate, transitionBegin = 0, staircase = false, endValue } = options
  return schedule((count) => {
    if (transitionSteps <= 0 || decayRate === 0) return initValue
    const passed = sub(count, Math.max(transitionBegin, 0))
    const exponent = single(div(passed, transitionSteps))
    const decayed = single(
      mul(single(initValue), single(pow(single(decayRate), staircase ? floor(exponent) : exponent))),
    )
    const value = select(lessEqual(passed, 0), single(initValue), decayed)
    if (endValue === undefined) return value
    return decayRate < 1 ? max(value, single(endValue)) : min(value, single(endValue))
  })
}
