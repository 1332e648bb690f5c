import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface RunOptions {
  /** Variables over those of this process; undefined takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** A folder in which JavaScript is run, with no loader, instead of TypeScript in the project. */
  readonly folder?: string
  /** Milliseconds after which the process counts as one that does not exit. */
  readonly timeout?: number
}

export interface Run {
  /** The exit code; null for a process that had to be killed because it did not exit. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Runs TypeScript source as a module in a Node process of its own, with imports relative to the project's root:
 * for what a test cannot see from inside, such as whether Node exits.
 *
 * Defaults: env = {}, timeout = 50,000.
 */
export const runNode = (source: string, { env = {}, folder, timeout = 50_000 }: RunOptions = {}): Promise<Run> =>
  new Promise((done) => {
    const loader = folder === undefined ? ['--import', 'tsx'] : []
    const args = [...loader, '--input-type=module', '--eval', source]
    const options = { cwd: folder ?? root, timeout, killSignal: 'SIGKILL' as const, env: { ...process.env, ...env } }
    const child = execFile(process.execPath, args, options, (_, stdout, stderr) =>
      done({ code: child.exitCode, stdout, stderr }),
    )
  })
