import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync } from 'node:fs'
import { dirname } from 'node:path'
import { keyOf, type Result } from './runs.ts'

/** The results there are, in memory and as JSON lines in a file: what was appended survives every end of the process. */
export interface Store {
  readonly results: () => readonly Result[]
  readonly keys: () => ReadonlySet<string>
  readonly append: (results: readonly Result[]) => void
}

/**
 * Opens the results in `file`, or begins it. A last line that was cut off while it was written is taken away.
 *
 * Errors: a complete line that is not a result; it names file and line.
 */
export const openStore = (file: string): Store => {
  mkdirSync(dirname(file), { recursive: true })
  const known = new Map<string, Result>()
  const keep = (result: Result): unknown => known.set(keyOf(result, result.setup), result)
  if (existsSync(file)) {
    const bytes = readFileSync(file)
    const whole = bytes.lastIndexOf(0x0a) + 1
    if (whole < bytes.length) truncateSync(file, whole)
    const lines = bytes.subarray(0, whole).toString('utf8').split('\n').slice(0, -1)
    lines.forEach((line, i) => {
      keep(parse(line, `${file}:${i + 1}`))
    })
  }
  return {
    results: () => [...known.values()],
    keys: () => new Set(known.keys()),
    append: (results) => {
      results.forEach(keep)
      appendFileSync(file, results.map((result) => `${JSON.stringify(result)}\n`).join(''))
    },
  }
}

/** A file that cannot be read as results. */
export class StoreError extends Error {}

const parse = (line: string, where: string): Result => {
  try {
    const value: unknown = JSON.parse(line)
    if (isResult(value)) return value
  } catch {}
  throw new StoreError(
    `${where}: expected a result of the study, got '${line.slice(0, 40)}'. Remove the line, or begin anew with another --results.`,
  )
}

const isResult = (value: unknown): value is Result =>
  typeof value === 'object' &&
  value !== null &&
  'task' in value &&
  'setup' in value &&
  'stepMs' in value &&
  'wallMs' in value &&
  'curve' in value &&
  Array.isArray(value.curve)
