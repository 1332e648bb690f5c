import { checkArgument, finite } from '../../lib/check/options.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { schedule } from '../../lib/expr/schedule.ts'

/**
 * The same value for ever.
 *
 *     value(count) = value
 *
 * Errors: `bad-hyperparameter` unless value is a finite number. Source: optax, `constant_schedule`.
 */
export const constantSchedule = (value: number, ...excess: Excess) => {
  noExcess('constantSchedule', excess)
  checkArgument('constantSchedule: value', value, finite)
  return schedule(() => value)
}
