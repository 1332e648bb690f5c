/** A run of the benchmarks as data, to hold a later one against. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { quantile, type Times } from './timing.ts'

/** One contestant on one shape: the median of its steps in each round, and that of a plain loop in the same round. */
export interface Row {
  readonly name: string
  readonly medians: readonly number[]
  readonly beside: readonly number[]
}

/** What a file of `--json` holds. Times are milliseconds. */
export interface Recorded {
  readonly version: 1
  readonly machine: string
  /** Of the working tree, `+` where it has changes; nothing where there is no git. */
  readonly commit: string
  readonly rows: readonly Row[]
}

/** The rows of a race, each named `table, contestant, shape`; `beside` is the contestant that all are held beside. */
export const rowsOf = (table: string, shape: string, rounds: readonly Times[], beside: string): Row[] => {
  const medians = (name: string): number[] => rounds.map((times) => quantile(times[name]!, 0.5))
  return Object.keys(rounds[0] ?? {})
    .filter((name) => name !== beside)
    .map((name) => ({ name: `${table}, ${name}, ${shape}`, medians: medians(name), beside: medians(beside) }))
}

const git = (...args: string[]): string => {
  try {
    return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return ''
  }
}

export const recordedOf = (machine: string, rows: readonly Row[]): Recorded => ({
  version: 1,
  machine,
  commit: `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain', '-uno') === '' ? '' : '+'}`,
  rows,
})

export const writeRecorded = (path: string, recorded: Recorded): void =>
  writeFileSync(path, `${JSON.stringify(recorded, undefined, 1)}\n`)

/** Reads what `writeRecorded` wrote. Errors: one sentence for a file that is none. */
export const readRecorded = (path: string): Recorded => {
  const found: unknown = JSON.parse(readFileSync(path, 'utf8'))
  const { version, rows } = (found ?? {}) as Partial<Recorded>
  if (version !== 1 || !Array.isArray(rows)) throw new Error(`${path}: expected what npm run bench -- --json writes.`)
  return found as Recorded
}
