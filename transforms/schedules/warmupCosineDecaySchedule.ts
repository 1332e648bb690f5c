import { checkOptions, finite, integer, notNegative } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { noDecayLeft } from '../../lib/errors/transforms/schedules.ts'
import { cosineDecaySchedule } from './cosineDecaySchedule.ts'
import { joinSchedules } from './joinSchedules.ts'
import { linearSchedule } from './linearSchedule.ts'

/** Options of `warmupCosineDecaySchedule`. */
export interface WarmupCosineDecayScheduleOptions {
  readonly initValue: number
  readonly peakValue: number
  readonly warmupSteps: number
  readonly decaySteps: number
  readonly endValue?: number
  readonly exponent?: number
}

/**
 * A straight line from initValue up to peakValue in warmupSteps, then half a cosine down to endValue at decaySteps.
 *
 *     value = linear(count) while count < warmupSteps, else cosine(count − warmupSteps) over decaySteps − warmupSteps
 *
 * Units: steps are updates; decaySteps counts from the very start. Defaults: endValue = 0, exponent = 1; the others must be given.
 * Errors: `bad-hyperparameter` unless decaySteps > warmupSteps and the values are finite.
 * Source: optax, `warmup_cosine_decay_schedule`.
 */
export const warmupCosineDecaySchedule = (options: WarmupCosineDecayScheduleOptions, ...excess: Excess) => {
  const where = 'warmupCosineDecaySchedule'
  checkOptions(
    where,
    options,
    {
      initValue: finite,
      peakValue: finite,
      warmupSteps: integer,
      decaySteps: integer,
      endValue: finite,
      exponent: notNegative,
    },
    excess,
    ['initValue', 'peakValue', 'warmupSteps', 'decaySteps'],
  )
  const { initValue, peakValue, warmupSteps, decaySteps, endValue = 0, exponent = 1 } = options
  if (decaySteps <= warmupSteps) throw noDecayLeft(where, warmupSteps, decaySteps)
  const alpha = peakValue === 0 ? 0 : endValue / peakValue
  return joinSchedules(
    [
      linearSchedule({ initValue, endValue: peakValue, transitionSteps: warmupSteps }),
      cosineDecaySchedule({ initValue: peakValue, decaySteps: decaySteps - warmupSteps, alpha, exponent }),
    ],
    [warmupSteps],
  )
}
