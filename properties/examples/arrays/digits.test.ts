import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { initial, valueAndGrad } from '../../../examples/arrays/network.ts'
import { type Epoch, train } from '../../../examples/arrays/train.ts'
import { loadDigits, takeRows } from '../../../examples/mnist/handwritten.ts'
import { createArrays } from '../../../lib/arrays.ts'
import { seedKey } from '../../../lib/random/key.ts'

const { training, test: held } = loadDigits()
const first = (count: number) => ({
  ...takeRows(
    training,
    Uint32Array.from({ length: count }, (_, i) => Math.floor((i * training.count) / count)),
  ),
  count,
})

test('the gradient written by hand is the slope of the loss', () => {
  const arrays = createArrays()
  const params = arrays.from(initial(seedKey(3)))
  const batch = first(8)
  const { grads } = valueAndGrad(params, batch)
  const step = 2e-3
  for (const name of ['w1', 'b1', 'w2', 'b2'] as const) {
    const { data } = params[name]
    const places = [...grads[name].keys()].sort((a, b) => Math.abs(grads[name][b]!) - Math.abs(grads[name][a]!))
    for (const i of places.slice(0, 5)) {
      const at = data[i]!
      const values = [step, -step].map((d) => {
        data[i] = at + d
        return valueAndGrad(params, batch).value
      })
      data[i] = at
      const slope = (values[0]! - values[1]!) / (2 * step)
      expect(Math.abs(slope - grads[name][i]!)).toBeLessThan(0.03 * Math.abs(slope) + 3e-4)
    }
  }
})

test('an epoch on a tenth of the digits learns', () => {
  const told: Epoch[] = []
  train({ training: first(800), test: held }, 3, (epoch) => told.push(epoch))
  expect(told.map(({ epoch }) => epoch)).toEqual([1, 2, 3])
  expect(told[2]!.loss).toBeLessThan(told[0]!.loss)
  expect(told[2]!.error).toBeLessThan(0.25)
})

test('a worker trains, and tells each epoch', { timeout: 120_000 }, async () => {
  const root = fileURLToPath(new URL('../../..', import.meta.url))
  const args = ['--import', 'tsx', 'examples/arrays/inWorker.ts', '--epochs', '1']
  const out = await new Promise<string>((done, fail) => {
    execFile(process.execPath, args, { cwd: root }, (error, stdout, stderr) => {
      if (error) fail(new Error(stderr))
      else done(stdout)
    })
  })
  expect(out).toMatch(/^epoch 1: loss 0\.\d+, \d+\.\d % of the test digits wrong\n$/)
})

test('nothing of it loads a tensor library', async () => {
  const { metafile } = await build({
    entryPoints: [fileURLToPath(new URL('../../../examples/arrays/digits.ts', import.meta.url))],
    bundle: true,
    platform: 'node',
    format: 'esm',
    write: false,
    metafile: true,
    packages: 'external',
  })
  const imported = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path))
  expect(imported.filter((path) => !path.startsWith('node:') && !path.startsWith('fp-ts'))).toEqual([])
})
