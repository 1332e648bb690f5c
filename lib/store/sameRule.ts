/** Whether a checkpoint was written by the same optimizer, up to its numbers. */

import type { Fault } from '../errors/error.ts'
import { otherLine } from '../errors/stores.ts'

/** The formulas by what stands before their `=`; where a name comes again, in another stage, by which of them it is, too. */
const linesOf = (text: string): Map<string, string> => {
  const lines = new Map<string, string>()
  const times = new Map<string, number>()
  for (const line of text.split('\n')) {
    const [first = '', ...rest] = line.split(' = ')
    const name = first.trim()
    const time = (times.get(name) ?? 0) + 1
    times.set(name, time)
    lines.set(time === 1 ? name : `${name} (${time})`, rest.join(' = '))
  }
  return lines
}

/** A formula with every number as one sign: a rate may change between two runs. */
const shape = (formula: string | undefined): string | undefined =>
  formula?.replace(/(?<![\w[])\d[\d.]*(e[+−-]?\d+)?/g, '#')

/** Where two rules, as `show` writes them, differ in more than numbers. */
export const ruleFaults = (wanted: string, found: string, where: string): Fault[] => {
  const [mine, theirs] = [linesOf(wanted), linesOf(found)]
  const names = [...new Set([...mine.keys(), ...theirs.keys()])]
  return names
    .filter((name) => shape(mine.get(name)) !== shape(theirs.get(name)))
    .map((name) => otherLine(`${where}: ${name}`, mine.get(name), theirs.get(name)))
}
