import { checkOptions, finite, fraction, positive, positiveInteger } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { piecewiseInterpolateSchedule } from './piecewiseInterpolateSchedule.ts'

/** Options of `linearOnecycleSchedule`. */
export interface LinearOnecycleScheduleOptions {
  readonly transitionSteps: number
  readonly peakValue: number
  readonly pctStart?: number
  readonly pctFinal?: number
  readonly divFactor?: number
  readonly finalDivFactor?: number
}

/**
 * One cycle in three straight lines: up to the peak, down to the start, down to almost nothing.
 *
 *     value = peakValue / divFactor                    at 0
 *           = peakValue                                at ⌊pctStart·transitionSteps⌋
 *           = peakValue / divFactor                    at ⌊pctFinal·transitionSteps⌋
 *           = peakValue / divFactor / finalDivFactor   from transitionSteps on
 *
 * Units: steps are updates. Defaults: pctStart = 0.3, pctFinal = 0.85, divFactor = 25, finalDivFactor = 1e4; the others must be given.
 * Errors: `bad-hyperparameter` unless transitionSteps is an integer from 1 up, peakValue is finite, the parts are from 0 to 1 and the
 * divisors above 0.
 * Source: Smith & Topin 2018, arXiv 1708.07120; optax, `linear_onecycle_schedule`.
 */
export const linearOnecycleSchedule = (options: LinearOnecycleScheduleOptions, ...excess: Excess) => {
  checkOptions(
    'linearOnecycleSchedule',
    options,
    {
      transitionSteps: positiveInteger,
      peakValue: finite,
      pctStart: fraction,
      pctFinal: fraction,
      divFactor: positive,
      finalDivFactor: positive,
    },
    excess,
    ['transitionSteps', 'peakValue'],
  )
  const { transitionSteps, peakValue, pctStart = 0.3, pctFinal = 0.85, divFactor = 25, finalDivFactor = 1e4 } = options
  return piecewiseInterpolateSchedule({
    interpolateType: 'linear',
    initValue: peakValue / divFactor,
    boundariesAndScales: {
      [Math.floor(pctStart * transitionSteps)]: divFactor,
      [Math.floor(pctFinal * transitionSteps)]: 1 / divFactor,
      [transitionSteps]: 1 / finalDivFactor,
    },
  })
}
