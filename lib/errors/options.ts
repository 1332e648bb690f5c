/** What is said of options and arguments; what a number may be, its kind says (lib/check/options.ts). */
import { describe, type Fault, faultAt, type Words } from './error.ts'
import { lacking, noneOf } from './kinds.ts'

/** A value of an option, with its type where it is a number. */
const what = (x: unknown): string => (typeof x === 'number' ? `${x} (number)` : describe(x))

/** An option or an argument that is not of its kind. */
export const wrongOption = (path: string, expected: string, value: unknown): Fault =>
  faultAt(path, expected, what(value))

export const noOptions = (path: string, value: unknown): Fault => wrongOption(path, 'a record of options', value)
export const missingOption = (path: string): Fault => lacking(path, 'a value')
export const unknownOption = (path: string, known: readonly string[]): Fault => noneOf(path, known, 'an unknown option')
export const furtherArgument = (path: string, value: unknown): Fault =>
  faultAt(path, 'no further argument', describe(value))

export const tooMuch: Words = ['bad-argument', 'Leave it out.']

/** Of what builds an optimizer. */
export const badOptions: Words = ['bad-hyperparameter', 'Correct the options where the optimizer is built.']
export const badArgument: Words = ['bad-hyperparameter', 'Correct the argument where the optimizer is built.']
export const badOptimizer: Words = ['bad-hyperparameter', 'Correct them where the optimizer is built.']

/** Of what runs something. */
export const badRunOptions: Words = ['bad-argument', 'Correct the options.']
export const badRunArgument: Words = ['bad-argument', 'Correct the argument.']
