/** Running Python with JAX: which one, and a script with as many host devices as it wants. */
import { execFileSync, spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'

const hasJax = (python: string): boolean => {
  try {
    execFileSync(python, ['-c', 'import jax, optax'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** `FOREGRAD_PYTHON`, or `python3`, where it has jax and optax. */
export const findPython = (): string | undefined => [process.env.FOREGRAD_PYTHON ?? 'python3'].find(hasJax)

export interface Script {
  readonly file: string
  readonly args: readonly string[]
  /** How many devices the host is to have. */
  readonly devices: number
  /** More flags of XLA. */
  readonly flags?: readonly string[]
}

/** Runs a script; what it wrote to its error output is the error where it fails. */
export const runScript = (python: string, { file, args, devices, flags = [] }: Script): Promise<void> =>
  new Promise((done, fail) => {
    const xla = [...flags, `--xla_force_host_platform_device_count=${devices}`].join(' ')
    // Devices that exchange wait for each other, each in a thread: with as many threads as a small machine has cores, one may never begin.
    const threads = String(Math.max(2 * devices, availableParallelism()))
    const env = { NPROC: threads, ...process.env, JAX_PLATFORMS: 'cpu', XLA_FLAGS: xla }
    const child = spawn(python, [file, ...args], { env, stdio: ['ignore', 'inherit', 'pipe'] })
    let errors = ''
    child.stderr.on('data', (text) => {
      errors += text
    })
    child.on('error', fail)
    child.on('close', (code) => (code === 0 ? done() : fail(new Error(errors))))
  })
