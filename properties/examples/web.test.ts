import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseFlags } from '../../examples/flags.ts'
import { command } from '../../examples/web/flags.ts'
import { pack, slice, unpack } from '../../examples/web/packing.ts'

describe('npm run example:web', () => {
  test('takes the next free port, serves the page and ends on Ctrl-C', { timeout: 180_000 }, async () => {
    const taken = createServer()
    const port = await new Promise<number>((listening) => {
      taken.listen(0, '127.0.0.1', () => listening((taken.address() as { port: number }).port))
    })
    const { child, ended, url } = run(['--port', String(port)])
    const address = await url
    expect(new URL(address).port).not.toBe(String(port))
    expect(await (await fetch(address)).text()).toContain('<title>foregrad')
    expect((await fetch(address)).headers.get('Content-Security-Policy')).toContain("script-src 'self'")
    child.kill('SIGINT')
    expect(await ended).toMatchObject({ code: 0, err: '' })
    taken.close()
  })

  test('names every wrong flag, without a stack, and serves nothing', async () => {
    const { code, out, err } = await run(['--prot', '80', '--port', '0', '--build']).ended
    expect(code).toBe(2)
    expect(out).toBe('')
    expect(err.split('\n').slice(0, -1)).toEqual([
      '--prot: no such flag.',
      "'80': expected only flags.",
      "--port: expected a whole number from 1 to 65535, got '0'.",
      '--build: expected a folder, got nothing.',
      'Run with --help for the flags.',
    ])
  })

  test('refuses a folder that it cannot write', async () => {
    const { code, err } = await run(['--build', join(process.execPath, 'web')]).ended
    expect(code).toBe(2)
    expect(err).toMatch(/^--build: expected a folder that can be written, got '.*' \(E[A-Z]+\)\.$/m)
  })

  test('has defaults for all flags', () => {
    expect(parseFlags(command.table, [])).toEqual({ kind: 'run', values: { port: 8080, build: undefined } })
  })
})

describe('packing', () => {
  test('unpack gives back what pack took, to the nearest of 256 shades', () => {
    const images = Float32Array.from({ length: 3 * 784 }, (_, i) => Math.round((i % 256) / 0.255) / 1000)
    const digits = { count: 3, images, labels: Int32Array.of(7, 0, 9) }
    const { training, test } = unpack(pack({ training: slice(digits, 0, 2), test: slice(digits, 2, 3) }).buffer)
    expect([training.count, test.count]).toEqual([2, 1])
    expect([...training.labels, ...test.labels]).toEqual([7, 0, 9])
    const unpacked = [...training.images, ...test.images]
    expect(unpacked.length).toBe(images.length)
    expect(Math.max(...unpacked.map((ink, i) => Math.abs(ink - images[i]!)))).toBeLessThan(1 / 510)
  })
})

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs the command; `url` is the address that it says. */
const run = (args: readonly string[]) => {
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', 'examples/web/serve.ts', ...args])
  let out = ''
  let err = ''
  child.stderr!.on('data', (text) => {
    err += text
  })
  const url = new Promise<string>((said) => {
    child.stdout!.on('data', (text) => {
      out += text
      const address = /http:\S+/.exec(out)?.[0]
      if (address) said(address)
    })
  })
  const ended = new Promise<Ended>((done) => child.on('close', (code) => done({ code, out, err })))
  return { child, url, ended }
}
