/** The Python that runs printed transformations: `FOREGRAD_PYTHON`, or a `python3` that has jax and optax. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findPython, runScript } from '../../examples/cluster/python.ts'

/** What to run, or nothing. */
export const python: string | undefined = findPython()

/** For a test's name: why it is skipped. */
export const skips = python ? '' : ' (skipped: no Python with jax and optax; set FOREGRAD_PYTHON)'

/** Runs a script on `asked`, given as JSON, with as many host devices as it wants; answers what it writes. */
export const runPython = async (file: string, asked: unknown, devices = 1): Promise<unknown> => {
  const folder = mkdtempSync(join(tmpdir(), 'foregrad-'))
  try {
    const [given, made] = [join(folder, 'asked.json'), join(folder, 'made.json')]
    writeFileSync(given, JSON.stringify(asked))
    const flags = ['--xla_backend_optimization_level=0']
    await runScript(python as string, { file, args: [given, made], devices, flags })
    return JSON.parse(readFileSync(made, 'utf8'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
