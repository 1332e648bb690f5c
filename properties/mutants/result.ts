/** What is found of a row: how each of its mutants ends. */
import { show } from '../../lib/read/explain.ts'
import type { Row } from '../catalogue/row.ts'
import { mistakesOf } from './mutants.ts'
import { endOf } from './suite.ts'

/** What was found of a row. */
export interface Result {
  readonly row: string
  /** The formulas that it was found for: a rule that changed is asked again. */
  readonly shown: string
  readonly mutants: number
  readonly equivalents: number
  readonly ended: Readonly<Record<string, number>>
  readonly survivors: readonly string[]
}

export const resultOf = async (row: Row): Promise<Result> => {
  const tx = row.make()
  const { mutants: ofRules, stages, equivalents } = mistakesOf(tx)
  const mutants = [...ofRules, ...stages]
  const ended: Record<string, number> = {}
  const survivors: string[] = []
  for (const mutant of mutants) {
    const end = await endOf(row, mutant)
    if (end) ended[end] = (ended[end] ?? 0) + 1
    else survivors.push(`${mutant.name} | ${mutant.at}`)
  }
  return { row: row.name, shown: show(tx), mutants: mutants.length, equivalents: equivalents.length, ended, survivors }
}
