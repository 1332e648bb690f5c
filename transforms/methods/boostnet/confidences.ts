/** Confidences as they are given: one list an exit, one number a sample. */
import { checkRunArgument, type Kind } from '../../../lib/check/options.ts'

/** The confidences of one exit: one number a sample. */
export type Confidences = ArrayLike<number>

const isList = (x: unknown): boolean =>
  (Array.isArray(x) || (ArrayBuffer.isView(x) && !(x instanceof DataView))) &&
  Array.from(x as ArrayLike<unknown>).every((value) => typeof value === 'number')

const numbers: Kind = { expected: 'a list of numbers', test: isList }
const lists: Kind = {
  expected: 'a list of numbers for each exit',
  test: (x) => Array.isArray(x) && Array.from(x).every(isList),
}

/** Checks confidences, and what is given for each exit beside them. Errors: `bad-argument`. */
export const checkConfidences = (where: string, confidences: unknown, name: string, other: unknown): void => {
  checkRunArgument(`${where}: confidences`, confidences, lists)
  checkRunArgument(`${where}: ${name}`, other, numbers)
}
