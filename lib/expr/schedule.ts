/** Schedules: hyperparameters that change with the count of updates made so far. */

import { type Excess, noExcess } from '../data/excess.ts'
import { noSchedule } from '../errors/expressions.ts'
import { type Expr, host, input, isOfEngine, lift } from './expr.ts'
import { nodesOf, substitute } from './fold.ts'
import { type DataSchedule, isDataSchedule, ofCount, type Schedule } from './meaning.ts'

export { type DataSchedule, isDataSchedule, type Schedule }

/** A hyperparameter: a number, a schedule, or an expression of rank step, as `signal('lr')` is. */
export type Hyper = number | Schedule | Expr<'step'>

const countInput = input('count', 'count', 'step')

/**
 * Makes a schedule out of an expression of the count. Calling it gives the float64 value; a rule that uses it keeps the expression.
 *
 * @example const halving = schedule((count) => div(1, add(count, 1)))
 */
export const schedule = (of: (count: Expr<'step'>) => Expr<'step'> | number, ...excess: Excess): DataSchedule => {
  noExcess('schedule', excess)
  if (typeof of !== 'function') throw noSchedule(of)
  const expr = lift(of(countInput)) as Expr<'step'>
  const value = ofCount(expr)
  return Object.freeze(Object.assign((count: number) => value(count), { expr }))
}

/** Of more than the count: of a signal. Only whoever has that can compute it. */
const readsMore = (expr: Expr): boolean => nodesOf([expr]).some((node) => node.kind === 'input' && node !== countInput)

const isHeld = (count: Expr<'step'>): boolean =>
  nodesOf([count]).some((node) => node.kind === 'reduce' || isOfEngine(node))

/**
 * A hyperparameter after `count` updates, as an expression: a constant, or a call of the host, which is checked to be a number. Where the
 * count itself lives with the engine, the host cannot call; there the schedule's own expression stands.
 */
export const hyper = (h: Hyper, count: Expr<'step'>): Expr<'step'> => {
  if (typeof h !== 'function') return lift(h) as Expr<'step'>
  if (!isDataSchedule(h) || !(isHeld(count) || readsMore(h.expr))) return host(h, count)
  return substitute((node) => (node === countInput ? count : undefined))(h.expr) as Expr<'step'>
}
