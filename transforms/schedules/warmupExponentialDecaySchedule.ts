import { checkOptions, finite, flag, integer, whole } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { exponentialDecay } from './exponentialDecay.ts'
import { joinSchedules } from './joinSchedules.ts'
import { linearSchedule } from './linearSchedule.ts'

/** Options of `warmupExponentialDecaySchedule`. */
export interface WarmupExponentialDecayScheduleOptions {
  readonly initValue: number
  readonly peakValue: number
  readonly warmupSteps: number
  readonly transitionSteps: number
  readonly decayRate: number
  readonly transitionBegin?: number
  readonly staircase?: boolean
  readonly endValue?: number
}

/**
 * A straight line from initValue up to peakValue in warmupSteps, then `exponentialDecay` from there, its count starting anew.
 *
 *     value = linear(count) while count < warmupSteps, else exponentialDecay(count − warmupSteps)
 *
 * Units: steps are updates. Defaults: transitionBegin = 0, staircase = false, no endValue; the others must be given.
 * Errors: `bad-hyperparameter` unless the values are finite, warmupSteps is an integer from 0 up and the other steps are integers.
 * Source: optax, `warmup_exponential_decay_schedule`.
 */
export const warmupExponentialDecaySchedule = (options: WarmupExponentialDecayScheduleOptions, ...excess: Excess) => {
  checkOptions(
    'warmupExponentialDecaySchedule',
    options,
    {
      initValue: finite,
      peakValue: finite,
      warmupSteps: integer,
      transitionSteps: whole,
      decayRate: finite,
      transitionBegin: whole,
      staircase: flag,
      endValue: finite,
    },
    excess,
    ['initValue', 'peakValue', 'warmupSteps', 'transitionSteps', 'decayRate'],
  )
  const { initValue, peakValue, warmupSteps, ...decay } = options
  return joinSchedules(
    [
      linearSchedule({ initValue, endValue: peakValue, transitionSteps: warmupSteps }),
      exponentialDecay({ ...decay, initValue: peakValue }),
    ],
    [warmupSteps],
  )
}
