import { aFunction, checkArgument } from '../../lib/check/options.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { add, mul } from '../../lib/expr/expr.ts'
import { hyper, type Schedule } from '../../lib/expr/schedule.ts'
import { rule } from '../../lib/form/transformation.ts'
import { counter } from '../../lib/rule/slot.ts'

/**
 * Multiplies updates by a schedule of the count of updates made so far.
 *
 *     u = stepSize(count)·g;  count' = count + 1
 *
 * Shapes: u is shaped like g; count is one number a tree, 0 in the first update.
 * Errors: `bad-hyperparameter` unless stepSize is a function.
 * Source: optax, `scale_by_schedule`.
 */
export const scaleBySchedule = (stepSize: Schedule, ...excess: Excess) => {
  noExcess('scaleBySchedule', excess)
  checkArgument('scaleBySchedule: stepSize', stepSize, aFunction)
  return rule({
    name: 'scaleBySchedule',
    slots: { count: counter },
    update: ({ g }, { count }) => ({ u: mul(hyper(stepSize, count), g), next: { count: add(count, 1) } }),
  })
}
