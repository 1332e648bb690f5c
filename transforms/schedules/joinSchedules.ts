import { checkArgument } from '../../lib/check/options.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { type Fault, raiseAs } from '../../lib/errors/error.ts'
import { badJoin, noScheduleAt, notAscending, otherBoundaries } from '../../lib/errors/transforms/schedules.ts'
import { less, select, sub } from '../../lib/expr/expr.ts'
import { hyper, isDataSchedule, type Schedule, schedule } from '../../lib/expr/schedule.ts'
import { isSingle, single } from '../../lib/expr/single.ts'

const list = { expected: 'an array', test: Array.isArray }

/**
 * One schedule after another; each one counts from its own start.
 *
 *     value = schedules[i](count − boundaries[i − 1]), i = how many boundaries are ≤ count
 *
 * In float32 as soon as one of them is, as in optax.
 *
 * Units: boundaries are counts of updates.
 * Errors: `bad-hyperparameter` unless there is one boundary fewer than schedules, and boundaries are ascending integers.
 * Source: optax, `join_schedules`.
 */
export const joinSchedules = (schedules: readonly Schedule[], boundaries: readonly number[], ...excess: Excess) => {
  noExcess('joinSchedules', excess)
  checkArgument('joinSchedules: schedules', schedules, list)
  checkArgument('joinSchedules: boundaries', boundaries, list)
  const faults: Fault[] = schedules.flatMap((s, i) => (typeof s === 'function' ? [] : [noScheduleAt(i, s)]))
  if (boundaries.length !== schedules.length - 1) faults.push(otherBoundaries(schedules.length, boundaries.length))
  boundaries.forEach((b, i) => {
    if (Number.isInteger(b) && b >= (boundaries[i - 1] ?? 0)) return
    faults.push(notAscending(i, b))
  })
  raiseAs(badJoin, faults)
  const rounded = schedules.some((s) => isDataSchedule(s) && isSingle(s.expr))
  return schedule((count) => {
    const joined = boundaries.reduce(
      (value, b, i) => select(less(count, b), value, hyper(schedules[i + 1] as Schedule, sub(count, b))),
      hyper(schedules[0] as Schedule, count),
    )
    return rounded ? single(joined) : joined
  })
}
