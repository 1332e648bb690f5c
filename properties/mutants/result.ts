/** What is found of a row: how each of its mutants ends. */
import { createHash } from 'node:crypto'
import { show } from '../../lib/read/explain.ts'
import type { Row } from '../catalogue/row.ts'
import { lineOf, recordedRows } from '../regression/numbers.ts'
import { type Alike, alikeIn } from './alike.ts'
import { mistakesOf } from './mutants.ts'
import { endOf } from './suite.ts'

/** What was found of a row. */
export interface Result {
  readonly row: string
  /** The formulas that it was found for: a rule that changed is asked again. */
  readonly shown: string
  /** The numbers that are recorded of the row, in short: where they are others, it is asked again. */
  readonly recorded: string
  readonly mutants: number
  readonly equivalents: readonly Alike[]
  readonly ended: Readonly<Record<string, number>>
  readonly survivors: readonly string[]
}

const recordedAs = new Map(
  [...recordedRows()].map(([name, row]) => [name, createHash('sha256').update(lineOf(row)).digest('hex').slice(0, 16)]),
)

/** What a row is asked by, that may be another the next time. */
export const askedBy = (row: Row): Pick<Result, 'shown' | 'recorded'> => ({
  shown: show(row.make()),
  recorded: recordedAs.get(row.name) ?? '',
})

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
  return {
    row: row.name,
    ...askedBy(row),
    mutants: mutants.length,
    equivalents: alikeIn(equivalents),
    ended,
    survivors,
  }
}
