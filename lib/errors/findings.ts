/** One error of all that a call found. */
import { type Finding, ForegradError } from './error.ts'

/** One error for all that was found: with the code that all share, else `tree-mismatch`, and all the advice there is. */
export const findingsError = (findings: readonly Finding[]): ForegradError => {
  const faults = [...new Map(findings.map(({ fault }) => [`${fault.path} ${fault.expected}`, fault])).values()]
  const codes = new Set(findings.map(({ code }) => code))
  const code = codes.size === 1 ? (findings[0] as Finding).code : 'tree-mismatch'
  return new ForegradError(code, faults, [...new Set(findings.map(({ advice }) => advice))].join(' '))
}
