import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A script of this folder in a process of its own, which answers a line of JSON by a line of JSON. */
export interface Python {
  /** `jax 0.10.2`, … */
  readonly versions: readonly string[]
  readonly ask: (question: object) => Promise<unknown>
  readonly close: () => void
}

/** Starts it by `$FOREGRAD_PYTHON`, or `python3`; the first line that it writes says which libraries there are. */
export const openPython = async (name: string, python = process.env.FOREGRAD_PYTHON ?? 'python3'): Promise<Python> => {
  const script = fileURLToPath(new URL(name, import.meta.url))
  const child = spawn(python, [script], { stdio: ['pipe', 'pipe', 'inherit'] })
  const failed = new Promise<never>((_, reject) => {
    child.on('error', reject)
    child.on('exit', (code) => reject(new Error(`${python} ended with code ${code}`)))
  })
  failed.catch(() => undefined)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const answer = async (): Promise<unknown> => JSON.parse((await Promise.race([lines.next(), failed])).value as string)
  const versions = (await answer()) as Readonly<Record<string, string>>
  return {
    versions: Object.entries(versions).map(([name, version]) => `${name} ${version}`),
    ask: (question) => {
      child.stdin.write(`${JSON.stringify(question)}\n`)
      return answer()
    },
    close: () => child.stdin.end(),
  }
}
