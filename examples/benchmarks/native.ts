import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Shape } from './contestants.ts'
import type { Party, Times } from './timing.ts'

/** Python with jax and optax, or torch, or both, in a process of its own. */
export interface Native {
  /** `jax 0.10.2`, … */
  readonly versions: readonly string[]
  /** AdamW of all there are, or another optimizer of optax by its name in native.py. */
  readonly party: (shape: Shape, optimizer?: string) => Party
  readonly close: () => void
}

/** Starts Python: `$FOREGRAD_PYTHON`, or `python3`. */
export const openNative = async (python = process.env.FOREGRAD_PYTHON ?? 'python3'): Promise<Native> => {
  const script = fileURLToPath(new URL('native.py', import.meta.url))
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
    party: (shape, optimizer = 'adamw') => ({
      burst: async (time) => {
        child.stdin.write(`${JSON.stringify({ ...shape, optimizer, seconds: time / 1000 })}\n`)
        return (await answer()) as Times
      },
    }),
    close: () => child.stdin.end(),
  }
}
