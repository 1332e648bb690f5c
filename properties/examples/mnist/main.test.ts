import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'digits-'))

describe('npm start', () => {
  test('trains both, prints a table and writes a picture', async () => {
    const output = join(folder, 'new', 'loss.svg')
    const { code, out, err } = await start(['--epochs', '1', '--backend', 'wasm', '--output', output])
    expect(code, err).toBe(0)
    expect(out).toMatch(/^adamw +\d\.\d{4} +\d\.\d{4} +(9\d|8[5-9])\.\d\d %/m)
    expect(out).toMatch(/^adamw, 1 step ahead +\d\.\d{4} +\d\.\d{4} +(9\d|8[5-9])\.\d\d %/m)
    expect(err.match(/ images\/s/g)?.length).toBe(10)
    expect(readFileSync(output, 'utf8')).toContain('adamw, 1 step ahead')
  })

  test('with 0 steps ahead both rows are the same', async () => {
    const output = join(folder, 'zero.svg')
    const { out } = await start(['--epochs', '1', '--backend', 'wasm', '--steps-ahead', '0', '--output', output])
    const [plain, ahead] = [...out.matchAll(/^adamw.*? {2,}(\d\.\d{4}.* %)/gm)].map((match) => match[1])
    expect(plain).toBeDefined()
    expect(ahead).toBe(plain)
  })

  test('ends cleanly on Ctrl-C, with what it has and exit code 130', async () => {
    const output = join(folder, 'cut.svg')
    const { code, out, err } = await start(['--epochs', '500', '--backend', 'wasm', '--output', output], (out) =>
      out.includes('Backend:'),
    )
    expect(code, err).toBe(130)
    expect(out).toMatch(/Interrupted after \d+ of 62500 steps/)
    expect(out).toMatch(/^adamw, 1 step ahead .* %/m)
    expect(readFileSync(output, 'utf8')).toContain('</svg>')
  })

  test('names a wrong flag, without a stack, and trains nothing', async () => {
    const { code, out, err } = await start(['--epoch', '3', '--seed', 'x'])
    expect(code).toBe(2)
    expect(out).toBe('')
    expect(err).toContain('--epoch: no such flag.')
    expect(err).toContain("--seed: expected a whole number from 0 up, got 'x'.")
    expect(err).not.toMatch(/ at .*\.ts:/)
  })

  test('refuses a path that it cannot write before it trains', async () => {
    const { code, err } = await start(['--output', `${process.execPath}/x.svg`])
    expect(code).toBe(2)
    expect(err).toMatch(/^--output: expected a path that can be written, got .* \(E[A-Z]+\)\.$/m)
  })

  test('explains itself with --help', async () => {
    const { code, out } = await start(['--help'])
    expect(code).toBe(0)
    expect(out).toContain('--steps-ahead')
  })
})

/** Runs the main job; presses Ctrl-C once `until` holds for what it has written. */
const start = (args: readonly string[], until?: (out: string) => boolean) =>
  new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'examples/mnist/main.ts', ...args])
    let out = ''
    let err = ''
    let pressed = false
    child.stdout.on('data', (text) => {
      out += text
      if (!pressed && until?.(out)) pressed = child.kill('SIGINT')
    })
    child.stderr.on('data', (text) => {
      err += text
    })
    child.on('close', (code) => resolve({ code, out, err }))
  })
