/** The Python that runs printed transformations: `FOREGRAD_PYTHON`, or a `python3` that has jax and optax. */
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const hasJax = (python: string): boolean => {
  try {
    execFileSync(python, ['-c', 'import jax, optax'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const find = (): string | undefined => [process.env.FOREGRAD_PYTHON ?? 'python3'].find(hasJax)

/** What to run, or nothing. */
export const python: string | undefined = find()

/** For a test's name: why it is skipped. */
export const skips = python ? '' : ' (skipped: no Python with jax and optax; set FOREGRAD_PYTHON)'

/** Runs a script on `asked`, given as JSON, with as many host devices as it wants; answers what it writes. */
export const runPython = async (script: string, asked: unknown, devices = 1): Promise<unknown> => {
  const folder = mkdtempSync(join(tmpdir(), 'foregrad-'))
  try {
    const [given, made] = [join(folder, 'asked.json'), join(folder, 'made.json')]
    writeFileSync(given, JSON.stringify(asked))
    const flags = ['--xla_backend_optimization_level=0', `--xla_force_host_platform_device_count=${devices}`]
    const env = { ...process.env, JAX_PLATFORMS: 'cpu', XLA_FLAGS: flags.join(' ') }
    await new Promise<void>((done, fail) => {
      const child = spawn(python as string, [script, given, made], { env, stdio: ['ignore', 'inherit', 'pipe'] })
      let errors = ''
      child.stderr.on('data', (text) => {
        errors += text
      })
      child.on('error', fail)
      child.on('close', (code) => (code === 0 ? done() : fail(new Error(errors))))
    })
    return JSON.parse(readFileSync(made, 'utf8'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
