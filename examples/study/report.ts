import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Flags } from './flags.ts'
import { page } from './page.ts'
import { duringPicture, forestPicture, ratesPicture } from './pictures.ts'
import { reportOf } from './reportOf.ts'
import type { Result } from './runs.ts'
import { answer, words } from './words.ts'

/** Writes the report and its pictures, and gives its plain words; nothing where there are no results. */
export const writeReport = ({ plan, output, results }: Flags, all: readonly Result[]): string | undefined => {
  const report = reportOf(plan, all)
  if (report === undefined) return undefined
  const folder = join(dirname(output), basename(output, '.md'))
  mkdirSync(folder, { recursive: true })
  const draw = (name: string, picture: string) => writeFileSync(join(folder, `${name}.svg`), picture)
  draw('forest', forestPicture(report))
  draw('during', duringPicture(report))
  for (const cell of report.cells) draw(`${cell.task.name}-rates`, ratesPicture(cell, report))
  writeFileSync(output, page(report, { folder: basename(output, '.md'), results: basename(results) }))
  return `${answer(report)}\n\n${words(report)}`
}
