import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { type Cell, cellsOf } from './analysis.ts'
import type { Flags } from './flags.ts'
import { page } from './page.ts'
import { curvesPicture, ratesPicture } from './pictures.ts'
import type { Result } from './runs.ts'
import { words } from './words.ts'

/** Writes the report and its pictures, and gives its plain words; nothing where no seed is whole. */
export const writeReport = ({ plan, output }: Flags, results: readonly Result[]): string | undefined => {
  const cells = cellsOf(plan, results)
  if (cells.length === 0) return undefined
  const folder = join(dirname(output), basename(output, '.md'))
  mkdirSync(folder, { recursive: true })
  for (const [name, own] of byTask(cells)) {
    writeFileSync(join(folder, `${name}.svg`), curvesPicture(own))
    writeFileSync(join(folder, `${name}-rates.svg`), ratesPicture(own))
  }
  writeFileSync(output, page(cells, plan, basename(output, '.md')))
  return words(cells)
}

export const byTask = (cells: readonly Cell[]): ReadonlyMap<string, readonly Cell[]> => {
  const groups = new Map<string, Cell[]>()
  for (const cell of cells) groups.set(cell.task.name, [...(groups.get(cell.task.name) ?? []), cell])
  return groups
}
