/**
 * Records what the rows of the catalogue make in float64, so that the tests notice a rule that changed.
 *
 *     npm run record -- --help
 */

import { writeFileSync } from 'node:fs'
import { isGiven, runCommand } from '../../examples/flags.ts'
import { rowFlag } from '../catalogue/rowFlag.ts'
import { catalogue } from '../catalogue.ts'
import { file, lineOf, type RecordedRow, recordedRows } from './numbers.ts'
import { record } from './record.ts'

const table = {
  row: rowFlag('one row, recorded again: after a change that was meant'),
  fresh: { help: 'every row again', ...isGiven },
}

const about =
  'Records the rows of the catalogue that are not recorded yet, in float64, and forgets those that are gone.'

/** In the order of the catalogue, so that a change shows as a line. */
const write = (rows: ReadonlyMap<string, RecordedRow>): void => {
  const kept = catalogue.flatMap(({ name }) => rows.get(name) ?? [])
  writeFileSync(file, kept.map(lineOf).join(''))
}

const main = (args: readonly string[]): Promise<number> =>
  runCommand({ name: 'record', about, table }, args, async ({ row: one, fresh }) => {
    const rows = new Map(fresh ? [] : recordedRows())
    const asked = catalogue.filter(({ name }) => (one === undefined ? !rows.has(name) : name === one))
    for (const [i, row] of asked.entries()) {
      const { recorded, living } = record(row)
      rows.set(row.name, recorded)
      write(rows)
      console.log(`${i + 1} of ${asked.length}: ${row.name}: ${recorded.runs.length} trainings`)
      for (const { name, at } of living) console.log(`    not told: ${name} | ${at}`)
    }
    write(rows)
    return 0
  })

process.exitCode = await main(process.argv.slice(2))
