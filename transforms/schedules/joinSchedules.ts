import { checkArgument } from '../../lib/check/options.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { describe, type Fault, raise } from '../../lib/errors/error.ts'
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
  const faults: Fault[] = schedules.flatMap((s, i) =>
    typeof s === 'function'
      ? []
      : [{ path: `joinSchedules: schedules[${i}]`, expected: 'a schedule', got: describe(s) }],
  )
  if (boundaries.length !== schedules.length - 1) {
    const expected = `${schedules.length - 1} boundaries for ${schedules.length} schedules`
    faults.push({ path: 'joinSchedules: boundaries', expected, got: String(boundaries.length) })
  }
  boundaries.forEach((b, i) => {
    if (Number.isInteger(b) && b >= (boundaries[i - 1] ?? 0)) return
    faults.push({ path: `joinSchedules: boundaries[${i}]`, expected: 'ascending integers from 0 up', got: describe(b) })
  })
  raise('bad-hyperparameter', faults, 'Give schedules and the counts at which the next one begins.')
  const rounded = schedules.some((s) => isDataSchedule(s) && isSingle(s.expr))
  return schedule((count) => {
    const joined = boundaries.reduce(
      (value, b, i) => select(less(count, b), value, hyper(schedules[i + 1] as Schedule, sub(count, b))),
      hyper(schedules[0] as Schedule, count),
    )
    return rounded ? single(joined) : joined
  })
}
