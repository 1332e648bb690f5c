import { type Fault, raiseAs } from '../errors/error.ts'
import { furtherArgument, tooMuch, unknownOption } from '../errors/options.ts'
import { isRecord } from './branch.ts'

/** What may stand behind the last argument of a function: nothing. Types say so to those who write TypeScript, `noExcess` to all others. */
export type Excess = readonly undefined[]

/** True for what says nothing: `undefined`, and options without any, which callers that pass options on give to every function. */
const isNothing = (x: unknown): boolean => x === undefined || (isRecord(x) && Object.keys(x).length === 0)

/** The faults of arguments in excess. */
export const excessFaults = (where: string, excess: Excess): Fault[] =>
  (excess as readonly unknown[]).filter((x) => !isNothing(x)).map((x) => furtherArgument(where, x))

/** The faults of what a record names and nobody reads. */
export const unknownFaults = (where: string, given: unknown, known: readonly string[]): Fault[] =>
  Object.keys((given ?? {}) as object)
    .filter((key) => !known.includes(key))
    .map((key) => unknownOption(`${where}: ${key}`, known))

/** Refuses arguments in excess, which JavaScript would drop. Errors: `bad-argument`. */
export const noExcess = (where: string, excess: Excess): void => {
  if (excess.length > 0) raiseAs(tooMuch, excessFaults(where, excess))
}
