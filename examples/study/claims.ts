import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmdirSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Who does what, where several processes share the work: one small file a training, that names its process. */
export interface Claims {
  /** Whether the training is now this process's to do. */
  readonly take: (key: string) => boolean
  readonly give: (key: string) => void
  /** Gives all that was taken. */
  readonly end: () => void
}

/**
 * Opens the claims in `folder`. A claim of a process that has ended counts for nothing.
 *
 * Two processes that both see such a claim may both take it: the training is then done twice, and the first result counts.
 */
export const openClaims = (folder: string, pid = process.pid): Claims => {
  mkdirSync(folder, { recursive: true })
  const own = new Set<string>()
  const fileOf = (key: string): string => join(folder, createHash('sha256').update(key).digest('hex').slice(0, 24))
  const give = (key: string): void => {
    if (own.delete(key)) quietly(() => unlinkSync(fileOf(key)))
  }
  return {
    take: (key) => {
      const file = fileOf(key)
      const write = () => {
        writeFileSync(file, String(pid), { flag: 'wx' })
        own.add(key)
        return true
      }
      if (quietly(write)) return true
      const holder = Number(quietly(() => readFileSync(file, 'utf8')) || Number.NaN)
      if (own.has(key) || lives(holder)) return false
      quietly(() => unlinkSync(file))
      return quietly(write) ?? false
    },
    give,
    end: () => {
      for (const key of [...own]) give(key)
      if (quietly(() => readdirSync(folder).length) === 0) quietly(() => rmdirSync(folder))
    },
  }
}

/** An empty claim is one that is just being written. */
const lives = (pid: number): boolean => {
  if (!Number.isInteger(pid)) return true
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** What other processes do to the same files; anything else that a file system refuses is the user's to know. */
const expected: readonly unknown[] = ['EEXIST', 'ENOENT', 'ENOTEMPTY']

const quietly = <A>(attempt: () => A): A | undefined => {
  try {
    return attempt()
  } catch (error) {
    if (expected.includes((error as NodeJS.ErrnoException).code)) return undefined
    throw error
  }
}
