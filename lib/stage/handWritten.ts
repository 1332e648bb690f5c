/** What stages written by hand have in common: the check of what they are made of, and the leaves that their functions see. */

import { isRecord, own } from '../data/branch.ts'
import { unknownFaults } from '../data/excess.ts'
import { raiseAs } from '../errors/error.ts'
import { badHandWritten, noFunctionIn, noNameIn, notHandWritten } from '../errors/forms.ts'

/** Errors: `bad-rule` unless there is a name and each needed function, and nothing that nobody reads. */
export const checkHandWritten = (
  where: string,
  spec: unknown,
  needed: readonly string[],
  optional: readonly string[],
): void => {
  const faults = unknownFaults(where, spec, ['name', ...needed, ...optional])
  const given = (isRecord(spec) ? spec : {}) as Readonly<Record<string, unknown>>
  if (!isRecord(spec)) faults.push(notHandWritten(where, spec))
  const { name } = given
  const functions = Object.fromEntries(needed.map((key) => [key, own(given, key)]))
  if (typeof name !== 'string' || name === '') faults.push(noNameIn(where, name))
  for (const [key, f] of Object.entries(functions)) {
    if (typeof f !== 'function') faults.push(noFunctionIn(`${where}: ${key}`, f))
  }
  raiseAs(badHandWritten(Object.keys(functions)), faults)
}

/** A leaf of `foregrad/arrays`, as functions written by hand see it. */
export interface FloatLeaf {
  readonly shape: readonly number[]
  readonly data: Float32Array
}
