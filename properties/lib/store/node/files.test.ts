/** Checkpoints as files: whole, whatever happens to who writes them. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, expect, test } from 'vitest'
import { ndarray } from '../../../../lib/core.ts'
import { readCheckpoint, writeCheckpoint } from '../../../../lib/node.ts'

const root = fileURLToPath(new URL('../../../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'foregrad-files-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** How often the writer is killed; FOREGRAD_KILLS=200 for the long form. */
const kills = Number(process.env.FOREGRAD_KILLS ?? 25)

test('what is written is read, beside nothing else', async () => {
  const path = join(folder, 'one.safetensors')
  await writeCheckpoint(path, { w: ndarray(Float64Array.of(1, 2), [2]), count: 3 })
  await writeCheckpoint(path, { w: ndarray(Float64Array.of(3, 4), [2]), count: 4 })
  expect(await readCheckpoint(path)).toMatchObject({ count: 4, w: { data: Float64Array.of(3, 4) } })
  expect(readdirSync(folder)).toEqual(['one.safetensors'])
})

test('a path that cannot be written leaves nothing', async () => {
  await expect(writeCheckpoint(join(folder, 'no', 'folder'), { n: 1 })).rejects.toThrow('ENOENT')
  await expect(writeCheckpoint(folder, { n: 1 })).rejects.toThrow()
  await expect(writeCheckpoint('', { n: 1 })).rejects.toThrow('writeCheckpoint: path')
  expect(readdirSync(folder)).toEqual(['one.safetensors'])
})

const writer = `
import { ndarray } from './lib/core.ts'
import { writeCheckpoint } from './lib/node.ts'
for (let i = Number(process.argv[3]); ; i++) {
  await writeCheckpoint(process.argv[2], { i, w: ndarray(new Float64Array(200_000).fill(i), [200_000]) })
  process.stdout.write(String(i) + ' ')
}
`

test(`a writer that is killed ${kills} times leaves a whole checkpoint each time`, async () => {
  const program = join(folder, 'writer.mjs')
  await build({
    stdin: { contents: writer, resolveDir: root, loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: program,
    external: ['@tensorflow/*'],
  })
  const path = join(folder, 'killed.safetensors')
  let last = 0
  for (let k = 0; k < kills; k++) {
    const child = spawn(process.execPath, [program, path, String(last + 1)], { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = new Promise((resolve) => child.once('exit', resolve))
    await new Promise((resolve) => child.stdout.once('data', resolve))
    // Anywhere in the writing of one that comes behind the first.
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 15))
    child.kill('SIGKILL')
    await ended
    const { i, w } = await readCheckpoint<{ i: number; w: { data: Float64Array } }>(path)
    expect(i).toBeGreaterThan(last)
    expect(w.data.every((x) => x === i)).toBe(true)
    last = i
  }
}, 300_000)
