import { checkOptions, finite, fraction, positive, positiveInteger } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { piecewiseInterpolateSchedule } from './piecewiseInterpolateSchedule.ts'

/** Options of `cosineOnecycleSchedule`. */
export interface CosineOnecycleScheduleOptions {
  readonly transitionSteps: number
  readonly peakValue: number
  readonly pctStart?: number
  readonly divFactor?: number
  readonly finalDivFactor?: number
}

/**
 * One cycle in two half cosines: up to the peak, down to almost nothing.
 *
 *     value = peakValue / divFactor                      at 0
 *           = peakValue                                  at ⌊pctStart·transitionSteps⌋
 *           = peakValue / (divFactor·finalDivFactor)     from transitionSteps on
 *
 * Units: steps are updates. Defaults: pctStart = 0.3, divFactor = 25, finalDivFactor = 1e4; the others must be given.
 * Errors: `bad-hyperparameter` unless transitionSteps is an integer from 1 up, peakValue is finite, pctStart is from 0 to 1 and the
 * divisors above 0.
 * Source: Smith & Topin 2018, arXiv 1708.07120; optax, `cosine_onecycle_schedule`.
 */
export const cosineOnecycleSchedule = (options: CosineOnecycleScheduleOptions, ...excess: Excess) => {
  checkOptions(
    'cosineOnecycleSchedule',
    options,
    {
      transitionSteps: positiveInteger,
      peakValue: finite,
      pctStart: fraction,
      divFactor: positive,
      finalDivFactor: positive,
    },
    excess,
    ['transitionSteps', 'peakValue'],
  )
  const { transitionSteps, peakValue, pctStart = 0.3, divFactor = 25, finalDivFactor = 1e4 } = options
  return piecewiseInterpolateSchedule({
    interpolateType: 'cosine',
    initValue: peakValue / divFactor,
    boundariesAndScales: {
      [Math.floor(pctStart * transitionSteps)]: divFactor,
      [transitionSteps]: 1 / (divFactor * finalDivFactor),
    },
  })
}
