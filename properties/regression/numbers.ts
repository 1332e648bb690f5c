/**
 * Numbers that the rows of the catalogue made on the day when they were recorded, in float64. They say that a rule is still what it was, not that
 * it was right: that is what formulas, references and the numbers of other programs are for (`properties/golden`).
 */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { GradientTransformation } from '../../lib/form/transformation.ts'
import { Broken } from '../laws/law.ts'
import { within } from '../laws/same.ts'
import { type Made, type Training, training } from './train.ts'

/** A training, and what was made of it. */
export interface Recorded extends Training {
  readonly made: Made
}

/** The trainings of a row. */
export interface RecordedRow {
  readonly row: string
  readonly runs: readonly Recorded[]
}

/** One row a line. */
export const file = fileURLToPath(new URL('numbers.jsonl', import.meta.url))

const specials = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]

/** Twelve digits: what differs between processors is smaller. */
const written = (_: string, x: unknown): unknown => {
  if (typeof x !== 'number') return x
  return Number.isFinite(x) ? Number(x.toPrecision(12)) : String(x)
}
const read = (_: string, x: unknown): unknown => specials.find((special) => String(special) === x) ?? x

export const lineOf = (row: RecordedRow): string => `${JSON.stringify(row, written)}\n`

export const rowOf = (line: string): RecordedRow => JSON.parse(line, read) as RecordedRow

/** What is recorded, by the name of the row. */
export const recordedRows = (): ReadonlyMap<string, RecordedRow> => {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
  return new Map(lines.filter((line) => line !== '').map((line) => [rowOf(line).row, rowOf(line)]))
}

const alike = within(1e-9, 1e-6)

const compare = (what: string, found: readonly number[], expected: readonly number[]): void => {
  const i = expected.findIndex((x, k) => !alike(found[k] as number, x))
  if (i >= 0 || found.length !== expected.length)
    throw new Broken(`${what}, number ${i}: ${found[i]}, recorded ${expected[i]}`)
}

/** Trains again, up to the first number that is another. Throws `Broken` there: which step, and which number. */
export const replay = (tx: GradientTransformation, { made, ...given }: Recorded): void => {
  let t = 0
  for (const found of training(tx, given)) {
    const expected = made.steps[t++]
    if (expected) compare(`${tx.name}: step ${t}`, found, expected)
    else compare(`${tx.name}: the last state`, found, made.state)
  }
}

/** Whether a transformation makes other numbers, or none. */
export const differs = (tx: GradientTransformation, run: Recorded): boolean => {
  try {
    replay(tx, run)
    return false
  } catch {
    return true
  }
}
