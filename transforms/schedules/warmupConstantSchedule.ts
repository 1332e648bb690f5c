import { checkOptions, finite, integer } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { linearSchedule } from './linearSchedule.ts'

/** Options of `warmupConstantSchedule`. */
export interface WarmupConstantScheduleOptions {
  readonly initValue: number
  readonly peakValue: number
  readonly warmupSteps: number
}

/**
 * A straight line from initValue up to peakValue in warmupSteps, then peakValue: `linearSchedule` by another name.
 *
 * Units: steps are updates. Defaults: none, all must be given.
 * Errors: `bad-hyperparameter` unless the values are finite and warmupSteps is an integer from 0 up. Source: optax, `warmup_constant_schedule`.
 */
export const warmupConstantSchedule = (options: WarmupConstantScheduleOptions, ...excess: Excess) => {
  const kinds = { initValue: finite, peakValue: finite, warmupSteps: integer }
  checkOptions('warmupConstantSchedule', options, kinds, excess, ['initValue', 'peakValue', 'warmupSteps'])
  const { initValue, peakValue, warmupSteps } = options
  return linearSchedule({ initValue, endValue: peakValue, transitionSteps: warmupSteps })
}
