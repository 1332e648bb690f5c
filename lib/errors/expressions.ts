/** What is said of expressions, schedules and the numbers that functions of the user return. */
import { describe, errorOf, type ForegradError } from './error.ts'
import { kindError } from './kinds.ts'

/** What is neither a number nor an expression. */
export const noOperand = (x: unknown): ForegradError =>
  kindError('bad-rule', 'expr', 'a number or an expression', x, 'Build expressions with the functions of `expr`.')

/** An expression that somebody computes with as with a number. */
export const noNumberYet = (): ForegradError =>
  errorOf('bad-rule', 'expr', 'a number', 'an expression', 'Use expr for it.')

/** A rank in words. */
export const ofRank = (rank: string): string => `rank ${rank}`

/** What is reduced and is no number an element: an expression of another rank, or none. */
export const notReducible = (op: string, rank: string | undefined, x: unknown): ForegradError =>
  errorOf(
    'bad-rule',
    op,
    'an expression of rank cell',
    rank === undefined ? describe(x) : ofRank(rank),
    'Only a number an element can be reduced.',
  )

/** What a schedule is made of and is no function. */
export const noSchedule = (of: unknown): ForegradError =>
  kindError('bad-argument', 'schedule: of', 'a function of the count', of, 'Build the value of the count with expr.')

/** What a function of the count returned in place of a number. */
export const noNumberAfter = (name: string, count: number, value: unknown): ForegradError =>
  errorOf(
    'bad-hyperparameter',
    `the schedule${name ? ` ${name}` : ''}`,
    `a number after ${count} updates`,
    value instanceof Promise ? 'a Promise' : typeof value === 'bigint' ? `${value}n (bigint)` : describe(value),
    'A schedule returns one number at once, for every count.',
  )
