import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { python, skips } from '../../python/python.ts'

const folder = mkdtempSync(join(tmpdir(), 'cluster-'))
afterAll(() => rmSync(folder, { recursive: true }))

const main = fileURLToPath(new URL('../../../examples/cluster/main.ts', import.meta.url))

const run = (args: readonly string[], env: NodeJS.ProcessEnv) =>
  new Promise<{ readonly code: number; readonly out: string; readonly err: string }>((done) => {
    const child = execFile(
      process.execPath,
      ['--import', 'tsx', main, ...args],
      { env: { ...process.env, ...env } },
      (_, out, err) => done({ code: child.exitCode as number, out, err }),
    )
  })

describe('from here to a cluster', () => {
  test('says what to install where Python has no jax, and stops', async () => {
    const output = join(folder, 'none.svg')
    const { code, err } = await run(['--output', output], { FOREGRAD_PYTHON: 'no-such-python' })
    expect([code, existsSync(output)]).toEqual([1, false])
    expect(err).toContain('pip install jax optax')
  })

  test.skipIf(!python)(
    `trains the same in tfjs, on one device and in shards over eight${skips}`,
    async () => {
      const output = join(folder, 'cluster.svg')
      const { code, out, err } = await run(['--steps', '6', '--output', output], {})
      expect(code, err).toBe(0)
      const apart = [...out.matchAll(/at most (\S+) apart/g)].map(([, x]) => Number(x))
      expect(apart).toHaveLength(2)
      // Losses near 4, in float32.
      for (const distance of apart) expect(distance).toBeLessThan(1e-5)
      expect(out).toContain('each device holds 1/8 of a moment')
      expect(readFileSync(output, 'utf8')).toContain('in shards over 8')
      const { all } = JSON.parse(readFileSync(join(folder, 'cluster', 'made.json'), 'utf8'))
      expect(all.losses.at(-1)).toBeLessThan(all.losses[0])
    },
    300_000,
  )
})
