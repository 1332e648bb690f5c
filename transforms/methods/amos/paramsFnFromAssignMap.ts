import { type Excess, noExcess } from '../../../lib/data/excess.ts'
import { describe, type Fault, raise } from '../../../lib/errors/error.ts'
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
  const none = { path: 'paramsFnFromAssignMap: assignments', expected: 'a list of rows', got: describe(assignments) }
  const wrong = (isList ? [...assignments] : []).flatMap((row, i): Fault[] =>
    rule(row)
      ? []
      : [{ path: `paramsFnFromAssignMap: assignments[${i}]`, expected: '[pattern, value]', got: describe(row) }],
  )
  raise('bad-hyperparameter', isList ? wrong : [none], 'Give rows of a pattern and a value.')
  const rows = assignments.map(([pattern, value]) => [atStart(pattern), value] as const)
  return (name, shape) => {
    const found = rows.find(([pattern]) => name.search(pattern) === 0)
    const faults: Fault[] = found
      ? []
      : [{ path: `paramsFnFromAssignMap: ${name}`, expected: 'a pattern that matches', got: 'none' }]
    raise('bad-hyperparameter', faults, "Add a row for it, or ['.*', value] as the last one.")
    const value = found?.[1] as T | ((shape: readonly number[]) => T)
    return typeof value === 'function' ? value(shape) : value
  }
}
