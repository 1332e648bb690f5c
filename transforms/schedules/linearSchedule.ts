import { checkOptions, finite, whole } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { polynomialSchedule } from './polynomialSchedule.ts'

/** Options of `linearSchedule`. */
export interface LinearScheduleOptions {
  readonly initValue: number
  readonly endValue: number
  readonly transitionSteps: number
  readonly transitionBegin?: number
}

/**
 * From initValue to endValue in a straight line: `polynomialSchedule` of power 1.
 *
 * Units: steps are updates. Defaults: transitionBegin = 0; the others must be given.
 * Errors: `bad-hyperparameter`, as there. Source: optax, `linear_schedule`.
 */
export const linearSchedule = (options: LinearScheduleOptions, ...excess: Excess) => {
  checkOptions(
    'linearSchedule',
    options,
    {
      initValue: finite,
      endValue: finite,
      transitionSteps: whole,
      transitionBegin: whole,
    },
    excess,
    ['initValue', 'endValue', 'transitionSteps'],
  )
  return polynomialSchedule({ ...options, power: 1 })
}
