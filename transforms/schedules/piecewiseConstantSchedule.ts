import { checkOptions, finite } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { less, lift, select } from '../../lib/expr/expr.ts'
import { schedule } from '../../lib/expr/schedule.ts'
import { type BoundariesAndScales, knots, recordOfFactors } from './piecewise.ts'

/** Options of `piecewiseConstantSchedule`. */
export interface PiecewiseConstantScheduleOptions {
  readonly initValue: number
  readonly boundariesAndScales?: BoundariesAndScales
}

/**
 * A constant that is multiplied by a factor at each boundary.
 *
 *     value = initValue·(the product of all scales whose boundary is ≤ count)
 *
 * Units: boundaries are counts of updates. Defaults: no boundaries; initValue must be given.
 * Errors: `bad-hyperparameter` unless initValue is finite, boundaries are integers from 0 up and scales are finite and not negative.
 * Source: optax, `piecewise_constant_schedule`.
 */
export const piecewiseConstantSchedule = (options: PiecewiseConstantScheduleOptions, ...excess: Excess) => {
  const where = 'piecewiseConstantSchedule'
  checkOptions(where, options, { initValue: finite, boundariesAndScales: recordOfFactors }, excess, ['initValue'])
  const { initValue, boundariesAndScales = {} } = options
  const [first, ...rest] = knots(where, initValue, boundariesAndScales)
  return schedule((count) =>
    rest.reduce((before, { at, value }) => select(less(count, at), before, value), lift(first.value)),
  )
}
