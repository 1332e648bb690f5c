import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { keyOf, type Result } from './runs.ts'

/** The results there are, as JSON lines in a file, which several processes may share. */
export interface Store {
  /** Reads what the file holds by now. */
  readonly results: () => readonly Result[]
  /** What was appended survives every end of the process. */
  readonly append: (result: Result) => Promise<void>
}

/**
 * Opens the results in `file`, or begins it.
 *
 * Every change of the file is made under a lock beside it, that of a process which ended passes on after some seconds. A last
 * line that was cut off while it was written is taken away by the next append, and no reader sees it.
 *
 * Errors: a complete line that is not a result; it names file and line.
 */
export const openStore = (file: string): Store => {
  mkdirSync(dirname(file), { recursive: true })
  if (!existsSync(file)) writeFileSync(file, '', { flag: 'a' })
  return {
    results: () => {
      const known = new Map<string, Result>()
      wholeLines(file).forEach((line, i) => {
        const result = parse(line, `${file}:${i + 1}`)
        const key = keyOf(result, result.setup)
        // The first counts: whatever was reported once stays.
        if (!known.has(key)) known.set(key, result)
      })
      return [...known.values()]
    },
    append: async (result) => {
      const release = await lock(file, { stale: 5000, retries: { retries: 100, minTimeout: 20, maxTimeout: 500 } })
      try {
        const bytes = readFileSync(file)
        const whole = bytes.lastIndexOf(0x0a) + 1
        if (whole < bytes.length) truncateSync(file, whole)
        appendFileSync(file, `${JSON.stringify(result)}\n`)
      } finally {
        await release()
      }
    },
  }
}

interface LockOptions {
  readonly stale: number
  readonly retries: { readonly retries: number; readonly minTimeout: number; readonly maxTimeout: number }
}

const { lock } = createRequire(import.meta.url)('proper-lockfile') as {
  lock: (file: string, options: LockOptions) => Promise<() => Promise<void>>
}

const wholeLines = (file: string): readonly string[] => {
  const bytes = readFileSync(file)
  const whole = bytes.lastIndexOf(0x0a) + 1
  return bytes.subarray(0, whole).toString('utf8').split('\n').slice(0, -1)
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
  ['part', 'task', 'setup', 'stepMs'].every((name) => name in value) &&
  'curve' in value &&
  Array.isArray(value.curve)
