import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isRight } from 'fp-ts/lib/Either.js'
import { defineConfig } from 'vitest/config'
import { closingLine } from './properties/devices/closingLine.ts'
import { softwareGpu } from './properties/devices/softwareGpu.ts'

// The workers are processes, started after this file has run, and inherit its environment: so the dynamic linker of each
// finds the software GPU's driver. FOREGRAD_GPU=system leaves the machine's own device in place.
if (process.env.FOREGRAD_GPU !== 'system') {
  const gpu = softwareGpu()
  if (isRight(gpu)) Object.assign(process.env, gpu.right)
  else console.log(`WebGPU and browser tests are skipped: ${gpu.left}`)
}

// What several test files need is made once a run, here.
if (process.env.FOREGRAD_SHARED === undefined) {
  const shared = mkdtempSync(join(tmpdir(), 'foregrad-tests-'))
  process.env.FOREGRAD_SHARED = shared
  process.on('exit', () => rmSync(shared, { recursive: true, force: true }))
}

// npm install makes it; who pulled the commit that took it out of git has not installed since.
if (!existsSync('lib/hosts/tfjs/gradients/tfjs.ts')) execFileSync('npm', ['run', '--silent', 'prepare'])

export default defineConfig({
  test: {
    include: ['properties/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000, // a GPU in software starts slowly on a machine under load
    pool: 'forks',
    maxWorkers: 2,
    update: 'none', // a snapshot that is not committed fails here as it does in CI; `-u` writes it
    reporters: ['default', closingLine()],
  },
})
