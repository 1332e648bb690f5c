/** Checks of hyperparameters and options, made when a transformation is built. */

import { type Excess, excessFaults, unknownFaults } from '../data/excess.ts'
import { isBranch } from '../data/tree.ts'
import { type Fault, raiseAs } from '../errors/error.ts'
import {
  badArgument,
  badOptimizer,
  badOptions,
  badRunArgument,
  badRunOptions,
  missingOption,
  noOptions,
  wrongOption,
} from '../errors/options.ts'
import { isExpr, isInjected } from '../expr/expr.ts'
import type { Hyper } from '../expr/schedule.ts'

/** What an option may be: a test, and the words for it. */
export interface Kind {
  readonly expected: string
  readonly test: (x: unknown) => boolean
}

const isNumber = (x: unknown): x is number => typeof x === 'number' && Number.isFinite(x)
const isStep = (x: unknown): boolean => isExpr(x) && x.rank === 'step'
const hyperOf = (kind: Kind): Kind => ({
  expected: `${kind.expected}, or a schedule`,
  test: (x) => typeof x === 'function' || isStep(x) || kind.test(x),
})

export const finite: Kind = { expected: 'a finite number', test: isNumber }
export const notNegative: Kind = { expected: 'a number from 0 up', test: (x) => isNumber(x) && x >= 0 }
export const positive: Kind = { expected: 'a number above 0', test: (x) => isNumber(x) && x > 0 }
/** Of a moving average: 0 ≤ x < 1. */
export const decay: Kind = { expected: 'a number from 0 up and below 1', test: (x) => isNumber(x) && x >= 0 && x < 1 }
export const fraction: Kind = { expected: 'a number from 0 to 1', test: (x) => isNumber(x) && x >= 0 && x <= 1 }
export const integer: Kind = {
  expected: 'an integer from 0 up',
  test: (x) => Number.isInteger(x) && (x as number) >= 0,
}
export const whole: Kind = { expected: 'an integer', test: (x) => Number.isInteger(x) }
export const positiveInteger: Kind = {
  expected: 'an integer from 1 up',
  test: (x) => Number.isInteger(x) && (x as number) > 0,
}
/** One of these words. */
export const oneOf = (...words: readonly string[]): Kind => ({
  expected: words.map((word) => `'${word}'`).join(' or '),
  test: (x) => typeof x === 'string' && words.includes(x),
})
export const flag: Kind = { expected: 'true or false', test: (x) => typeof x === 'boolean' }
/** A learning rate or another number that may follow a schedule. */
export const hyperNumber: Kind = hyperOf(finite)
export const hyperNotNegative: Kind = hyperOf(notNegative)
export const aFunction: Kind = { expected: 'a function of the count', test: (x) => typeof x === 'function' }
/** A tree of booleans, or a function that makes one of the parameters. Its structure is held against the parameters' when they are known. */
export const maskKind: Kind = {
  expected: 'a tree of booleans, or a function of the parameters',
  test: (x) => typeof x === 'function' || typeof x === 'boolean' || isBranch(x),
}

export const callable: Kind = { expected: 'a function', test: (x) => typeof x === 'function' }
/** Options with an argument that is checked beside them; what is no record of options stays, for the check to name. */
export const withArgument = <T extends object, A extends object>(options: T, argument: A): T & A =>
  isOptions(options) ? { ...options, ...argument } : (options as T & A)

/** The kind of every option of `T`; the options that a function takes are exactly these. */
export type Kinds<T> = { readonly [K in keyof Required<T>]: Kind }

/** True for a record that was written as one, `{ … }`: a Map, a Date or an array holds no options by name. */
const isOptions = (x: unknown): x is Readonly<Record<string, unknown>> => {
  if (typeof x !== 'object' || x === null || Array.isArray(x)) return false
  const prototype = Object.getPrototypeOf(x)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

const optionFaults = (where: string, options: unknown, kinds: Readonly<Record<string, Kind>>): Fault[] => {
  if (!isOptions(options)) return [noOptions(where, options)]
  return [
    ...unknownFaults(where, options, Object.keys(kinds)),
    ...Object.entries(kinds).flatMap(([key, kind]) => {
      const value = Object.hasOwn(options, key) ? options[key] : undefined
      return value === undefined ? [] : argumentFaults(`${where}: ${key}`, value, kind)
    }),
  ]
}

/** One look at options that are as they should be, as those of a loop's steps are. */
const areSound = (options: unknown, kinds: Readonly<Record<string, Kind>>): boolean => {
  if (!isOptions(options)) return false
  for (const key of Object.keys(options)) {
    const value = options[key]
    if (!Object.hasOwn(kinds, key) || (value !== undefined && !kinds[key]?.test(value))) return false
  }
  return true
}

const requiredFaults = (where: string, options: unknown, keys: readonly string[]): Fault[] =>
  keys.flatMap((key) => {
    const value = isOptions(options) && Object.hasOwn(options, key) ? options[key] : undefined
    return value === undefined ? [missingOption(`${where}: ${key}`)] : []
  })

const argumentFaults = (path: string, value: unknown, { expected, test }: Kind): Fault[] =>
  isInjected(value) || test(value) ? [] : [wrongOption(path, expected, value)]

/**
 * Checks options against their kinds, and that nothing was given behind them; `required` are those without a default. Every fault is told at
 * once, an unknown option too.
 *
 * Errors: `bad-hyperparameter`.
 */
export const checkOptions = <T extends object>(
  where: string,
  options: T,
  kinds: Kinds<T>,
  excess: Excess = [],
  required: readonly (keyof T & string)[] = [],
): void => {
  const faults = [
    ...optionFaults(where, options, kinds),
    ...requiredFaults(where, options, required),
    ...excessFaults(where, excess),
  ]
  raiseAs(badOptions, faults)
}

/** Checks the options of a function that runs something, as `checkOptions` does those of one that builds. Errors: `bad-argument`. */
export const checkRunOptions = <T extends object>(
  where: string,
  options: T,
  kinds: Kinds<T>,
  required: readonly (keyof T & string)[] = [],
): void => {
  if (required.length === 0 && areSound(options, kinds)) return
  const faults = [...optionFaults(where, options, kinds), ...requiredFaults(where, options, required)]
  raiseAs(badRunOptions, faults)
}

/** Checks one argument that must be given. Errors: `bad-hyperparameter`. */
export const checkArgument = (path: string, value: unknown, kind: Kind): void =>
  raiseAs(badArgument, argumentFaults(path, value, kind))

/** The same for an argument of a function that runs something. Errors: `bad-argument`. */
export const checkRunArgument = (path: string, value: unknown, kind: Kind): void =>
  raiseAs(badRunArgument, argumentFaults(path, value, kind))

/** Checks a learning rate, any finite number or a schedule, and the options beside it, all at once. Errors: `bad-hyperparameter`. */
export const checkOptimizer = <T extends object>(
  where: string,
  learningRate: Hyper,
  options: T,
  kinds: Kinds<T>,
  excess: Excess = [],
): void => {
  const faults = [
    ...argumentFaults(`${where}: learningRate`, learningRate, hyperNumber),
    ...optionFaults(where, options, kinds),
    ...excessFaults(where, excess),
  ]
  raiseAs(badOptimizer, faults)
}
