/** The runs of the methods' examples as lines of JSON, one file an experiment, so that a page never says what no run found. */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Found } from './experiment.ts'

export const storeOf = (name: string): string => `docs/methods/${name}.jsonl`

/** JSON writes null for a number that is none, as the loss of a training that diverged. */
const runOf = (line: string): Found => {
  const run = JSON.parse(line) as Found
  const figures = Object.entries(run.figures as Readonly<Record<string, number | null>>)
  return { ...run, figures: Object.fromEntries(figures.map(([name, x]) => [name, x ?? Number.NaN])) }
}

/** All runs of a file: of two that were made of one trial the first, and none of a last line that was cut off. */
export const readRuns = (path: string): readonly Found[] => {
  if (!existsSync(path)) return []
  const runs = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map(runOf)
  const first = new Map<string, Found>()
  for (const run of runs) {
    const trial = JSON.stringify([run.arm, run.setting, run.part, run.seed])
    if (!first.has(trial)) first.set(trial, run)
  }
  return [...first.values()]
}

/** Adds a run. A line that was cut off before is ended first. */
export const addRun = (path: string, found: Found): void => {
  mkdirSync(dirname(path), { recursive: true })
  const before = existsSync(path) ? readFileSync(path, 'utf8') : ''
  appendFileSync(path, `${before === '' || before.endsWith('\n') ? '' : '\n'}${JSON.stringify(found)}\n`)
}
