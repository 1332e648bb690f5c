/** What is said of array operations that a stage calls by name. */
import { correctStage } from '../arrays.ts'
import { type Fault, type ForegradError, faultAt, type Words } from '../error.ts'
import { kindError, ofShape, wrongKind } from '../kinds.ts'

export const noOps = (where: string, ops: unknown): Fault =>
  wrongKind(`${where}: ops`, 'the array operations of a host', ops)
export const otherArray = (path: string, expected: string, shape: readonly number[]): Fault =>
  faultAt(path, expected, ofShape(shape))
export const badCall: Words = ['bad-argument', correctStage]

export const noMaker = (name: string, f: unknown): Fault => wrongKind(`choose: ${name}`, 'a function', f)
export const badMakers: Words = ['bad-argument', 'Give the functions that make the two.']

export const noFormula = (f: unknown): ForegradError =>
  kindError('bad-argument', 'numberOf: f', 'a function of expressions', f, 'Build the number with expr.')
