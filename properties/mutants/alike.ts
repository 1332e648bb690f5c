/** The changes that nobody can notice, row by row, as they are listed in `equivalents.jsonl`; docs/testing-update-math.md says why there are such. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Equivalent } from './mutants.ts'

/** A change in words, where it is, and the reason for which it is no mutant. */
export type Alike = Pick<Equivalent, 'name' | 'at' | 'because'>

/** Those of a row. */
export interface AlikeRow {
  readonly row: string
  readonly alike: readonly Alike[]
}

/** One row a line; rows without such changes have none. */
export const file = fileURLToPath(new URL('equivalents.jsonl', import.meta.url))

export const alikeIn = (equivalents: readonly Equivalent[]): readonly Alike[] =>
  equivalents.map(({ name, at, because }) => ({ name, at, because }))

export const textOf = (rows: readonly AlikeRow[]): string =>
  rows.map(({ row, alike }) => (alike.length > 0 ? `${JSON.stringify({ row, alike })}\n` : '')).join('')

/** What is listed, by the name of the row. */
export const listed = (): ReadonlyMap<string, readonly Alike[]> => {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
  return new Map(lines.map((line) => JSON.parse(line) as AlikeRow).map(({ row, alike }) => [row, alike]))
}
