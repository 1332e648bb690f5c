import { type Excess, noExcess } from '../../../lib/data/excess.ts'
import { type Fault, raiseAs } from '../../../lib/errors/error.ts'
import { badRows, noPattern, noRow, noRows } from '../../../lib/errors/transforms/methods.ts'
import type { VariableFn } from './amosRule.ts'

/** A pattern and what it assigns: a value, or a function of the variable's shape. */
export type Assignment<T> = readonly [pattern: string | RegExp, value: T | ((shape: readonly number[]) => T)]

const atStart = (pattern: string | RegExp): RegExp =>
  typeof pattern === 'string' ? new RegExp(`^(?:${pattern})`) : new RegExp(`^(?:${pattern.source})`, pattern.flags)

/**
 * Makes a function of a variable's name and shape out of an ordered list of patterns: the first that matches the start of the name says.
 *
 *     name: the path joined by '/', so `layers/0/w`
 *
 * Errors: `bad-hyperparameter` for a variable that no pattern matches.
 * Source: jestimator, `params_fn_from_assign_map` (arXiv 2210.11693).
 *
 * @example
 * const etaFn = paramsFnFromAssignMap<number>([['.*b$', 0.5], ['.*', ([inputs = 1]) => Math.sqrt(1 / inputs)]])
 */
export const paramsFnFromAssignMap = <T extends number | readonly number[]>(
  assignments: readonly Assignment<T>[],
  ...excess: Excess
): VariableFn<T> => {
  noExcess('paramsFnFromAssignMap', excess)
  const rule = (x: unknown): boolean =>
    Array.isArray(x) && x.length === 2 && (typeof x[0] === 'string' || x[0] instanceof RegExp) && x[1] !== undefined
  const isList = Array.isArray(assignments)
  const wrong = (isList ? [...assignments] : []).flatMap((row, i): Fault[] => (rule(row) ? [] : [noRow(i, row)]))
  raiseAs(badRows, isList ? wrong : [noRows(assignments)])
  const rows = assignments.map(([pattern, value]) => [atStart(pattern), value] as const)
  return (name, shape) => {
    const found = rows.find(([pattern]) => name.search(pattern) === 0)
    if (!found) throw noPattern(name)
    const value = found[1] as T | ((shape: readonly number[]) => T)
    return typeof value === 'function' ? value(shape) : value
  }
}
