import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import '../../../lib/gradients.ts'
import { numpy as np } from '@jax-js/jax'
import * as tf from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createArrays } from '../../../lib/arrays.ts'
import { checkpointMetadata, loadCheckpoint, saveCheckpoint } from '../../../lib/checkpoint.ts'
import * as f from '../../../lib/index.ts'
import * as onJaxjs from '../../../lib/jaxjs.ts'
import { type JaxArray, toJaxjs } from '../../../lib/jaxjs.ts'
import { describeEngines, testEngines } from '../../devices/engines.ts'

const loss = ({ w, b: [c] }: { w: tf.Tensor; b: readonly [tf.Tensor] }, x: tf.Tensor): tf.Scalar =>
  tf.tidy(() => tf.mean(tf.square(tf.sub(tf.add(tf.matMul(x, w as tf.Tensor2D), c), 1)))) as tf.Scalar
const start = () => ({ w: tf.tensor2d([0.5, -1, 2, 1e-3, 0, -0], [3, 2]), b: [tf.tensor1d([0.25, -3])] as const })
const batch = () => tf.tensor2d([1, 2, 3, -1, 0.5, 0.25], [2, 3])
const tx = f.chain(
  f.clipByGlobalNorm(1),
  f.adamw(f.cosineDecaySchedule({ initValue: 0.1, decaySteps: 10 }), { predictSteps: 2 }),
)

describeEngines(testEngines, () => {
  test('resumes bit for bit, with the optimizer and a tree to go by', async () => {
    const trainer = f.withLookaheadGradient(loss, tx)
    const x = batch()
    const params = start()
    let train = trainer.init(params)
    for (let i = 0; i < 3; i++) train = trainer.step(train, x).train
    const bytes = await saveCheckpoint(train, { tx, metadata: { epoch: '3' } })
    const fresh = trainer.init(params)
    let resumed = loadCheckpoint(bytes, { like: fresh, tx })
    for (let i = 0; i < 3; i++) {
      train = trainer.step(train, x).train
      resumed = trainer.step(resumed, x).train
    }
    expect(await f.toDataAsync(resumed)).toEqual(await f.toDataAsync(train))
    expect(checkpointMetadata(bytes)).toMatchObject({ epoch: '3', 'foregrad.rule': f.show(tx) })
  })

  test('leaves no tensor, neither one that loads nor one that does not', async () => {
    const params = start()
    const state = tx.init(params)
    const bytes = await saveCheckpoint(state)
    const before = tf.memory().numTensors
    f.dispose(loadCheckpoint(bytes))
    f.dispose(loadCheckpoint(bytes, { like: state }))
    expect(() => loadCheckpoint(bytes, { like: params })).toThrow()
    expect(tf.memory().numTensors).toBe(before)
  })
})

describe('saveCheckpoint and loadCheckpoint', () => {
  beforeAll(async () => {
    await f.useBackend({ prefer: ['wasm', 'cpu'] })
  })

  test('keep numbers that JSON cannot hold, odd keys, empty branches and leaves, every dtype', async () => {
    const tree = {
      __metadata__: tf.tensor1d([1]),
      'a.b': { "it's": [tf.scalar(true, 'bool'), tf.tensor1d([3, -4], 'int32')], 1: tf.zeros([0, 3]) },
      none: [],
      n: Number.NaN,
      list: [Number.POSITIVE_INFINITY, -0, null, 'text', true],
      wide: f.ndarray(Float64Array.of(0.1, Number.NEGATIVE_INFINITY), [2, 1]),
      ['__proto__']: tf.tensor1d([Number.NaN, -0, 1e-45, Number.POSITIVE_INFINITY]),
    }
    const bytes = await saveCheckpoint(tree)
    expect(f.toData(loadCheckpoint(bytes))).toEqual(f.toData(tree))
    expect(f.toData(loadCheckpoint(bytes, { like: tree }))).toEqual(f.toData(tree))
  })

  test('are each other’s inverse on random trees', async () => {
    const leaf = fc.array(fc.float(), { maxLength: 5 }).map((numbers) => tf.tensor1d(numbers, 'float32'))
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        leaf,
        fc.double(),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(fc.string(), tie('tree')),
      ),
    }))
    await fc.assert(
      fc.asyncProperty(tree, async (x) => {
        fc.pre(!JSON.stringify(f.toData(fc.stringify(x))).includes('$'))
        expect(f.toData(loadCheckpoint(await saveCheckpoint(x)))).toEqual(f.toData(x))
      }),
      { numRuns: 100 },
    )
  })

  test('take states of arrays, and make them in the memory of those to go by', async () => {
    const arrays = createArrays()
    const params = arrays.from({ w: Float32Array.of(1, 2, 3) })
    const grads = { w: Float32Array.of(0.1, -2, 3) }
    const adam = f.adam(0.1)
    let train = arrays.step(adam, grads, arrays.init(adam, params), params)
    let resumed = loadCheckpoint(await saveCheckpoint(train, { tx: adam }), { like: train, tx: adam })
    expect(resumed.params.w).not.toBe(train.params.w)
    train = arrays.step(adam, grads, train.state, train.params)
    resumed = arrays.step(adam, grads, resumed.state, resumed.params)
    expect([...resumed.params.w.data]).toEqual([...train.params.w.data])
    arrays.dispose(resumed.params)
    await expect(saveCheckpoint(resumed)).rejects.toThrow('params.w')
  })

  test('resume bit for bit in the reader of float64, and on jax-js', async () => {
    const numbers = { w: f.ndarray(Float64Array.of(1, -2, 3), [3]), b: f.ndarray(Float64Array.of(0.5), [1]) }
    const slopes = { w: f.ndarray(Float64Array.of(0.3, -1, 1e-3), [3]), b: f.ndarray(Float64Array.of(7), [1]) }
    const meaning = f.float64(tx)
    let train = meaning.step(slopes, meaning.init(numbers), numbers)
    let resumed = loadCheckpoint(await saveCheckpoint(train, { tx }), { like: train, tx })
    for (let i = 0; i < 3; i++) {
      train = meaning.step(slopes, train.state, train.params)
      resumed = meaning.step(slopes, resumed.state, resumed.params)
    }
    expect(f.toData(resumed)).toEqual(f.toData(train))

    const goal = () => np.array([0.5, 0, -1])
    const trainer = onJaxjs.withLookaheadGradient(({ w }: { w: JaxArray }) => np.sum(np.square(w.sub(goal()))), tx)
    const next = async (from: ReturnType<typeof trainer.init>) => {
      const { train, value } = trainer.step(from)
      await value.data()
      return train
    }
    let one = await next(trainer.init({ w: np.array([1, -2, 3]) }))
    let other = loadCheckpoint(await saveCheckpoint(one, { tx }), { like: one, tx })
    for (let i = 0; i < 3; i++) [one, other] = [await next(one), await next(other)]
    expect(Buffer.from(await saveCheckpoint(other)).equals(Buffer.from(await saveCheckpoint(one)))).toBe(true)
  })

  test('take states of jax-js, and consume none', async () => {
    const adam = toJaxjs(f.adam(0.1))
    const params = { w: np.array([1, 2, 3]) }
    const state = adam.init({ w: params.w.ref }) as { readonly mu: { readonly w: np.Array } }[]
    const like = { params, state }
    const loaded = loadCheckpoint(await saveCheckpoint(like), { like })
    expect(await loaded.params.w.ref.data()).toEqual(await params.w.ref.data())
    expect(loaded.state[0]?.mu.w.refCount).toBe(1)
    expect(params.w.refCount).toBe(1)
  })

  test('say every difference from the tree and from the optimizer, by path', async () => {
    const state = f.adamw(0.1).init({ w: tf.zeros([2, 3]), b: tf.zeros([3]) })
    const bytes = await saveCheckpoint({ state, epoch: 3 }, { tx: f.adamw(0.1) })
    const faults = (run: () => unknown): string[] => {
      try {
        run()
      } catch (error) {
        return (error as f.ForegradError).faults.map(({ path, expected, got }) => `${path}: ${expected}, ${got}`)
      }
      return []
    }
    const other = f.adamw(0.1).init({ w: tf.zeros([3, 2]), c: tf.zeros([3]) })
    expect(faults(() => loadCheckpoint(bytes, { like: { state: other, epoch: 'three' } }))).toEqual([
      'state[0].mu.w: float32 [3, 2], float32 [2, 3]',
      'state[0].mu.c: float32 [3], nothing',
      'state[0].mu.b: nothing, float32 [3]',
      'state[0].nu.w: float32 [3, 2], float32 [2, 3]',
      'state[0].nu.c: float32 [3], nothing',
      'state[0].nu.b: nothing, float32 [3]',
      'epoch: a string, 3',
    ])
    expect(faults(() => loadCheckpoint(bytes, { tx: f.adamw(1e-4) }))).toEqual([])
    expect(
      faults(() => loadCheckpoint(bytes, { tx: f.adam(0.1) })).map((text) => text.split(': ').slice(0, 2)),
    ).toEqual([['loadCheckpoint: tx', 'u'].flatMap((x) => x.split(': ')).slice(0, 2)])
    expect(faults(() => loadCheckpoint(new Uint8Array(3)))).toEqual([
      'loadCheckpoint: bytes: a safetensors file, 3 bytes',
    ])
  })

  test('refuse a file at every byte where it may be cut, and headers that lie', async () => {
    const bytes = await saveCheckpoint({ w: tf.tensor1d([1, 2, 3]) })
    for (let i = 0; i < bytes.length; i++) {
      expect(() => loadCheckpoint(bytes.slice(0, i))).toThrow(f.ForegradError)
    }
    const text = new TextDecoder().decode(bytes)
    for (const [from, to] of [
      ['"F32"', '"F16"'],
      ['[0,12]', '[0,16]'],
      ['[0,12]', '[4,12]'],
      ['"shape":[3]', '"shape":[4]'],
      ['"shape":[3]', '"shape":-3 '],
      ['$tensor', '$tensoR'],
    ] as const) {
      const changed = new Uint8Array([...text.replace(from, to)].map((c) => c.charCodeAt(0)))
      expect(() => loadCheckpoint(changed, { like: { w: tf.zeros([3]) } }), from).toThrow(f.ForegradError)
    }
  })

  test('3,000,000 numbers are written and read', async () => {
    const w = tf.randomNormal([3_000_000], 0, 1, 'float32', 1)
    const t0 = performance.now()
    const bytes = await saveCheckpoint({ w })
    const t1 = performance.now()
    const back = loadCheckpoint<{ w: tf.Tensor }>(bytes)
    const t2 = performance.now()
    console.log(`3,000,000 numbers: saved in ${(t1 - t0).toFixed(0)} ms, loaded in ${(t2 - t1).toFixed(0)} ms`)
    // On a machine with nothing else to do under 100: npx tsx examples/benchmarks/checkpoints.ts. Number by number it would be seconds.
    expect(t2 - t0).toBeLessThan(2000)
    const bytesOf = async (x: tf.Tensor) => Buffer.from((await x.data()).buffer)
    expect((await bytesOf(back.w)).equals(await bytesOf(w))).toBe(true)
  })
})

const folder = mkdtempSync(join(tmpdir(), 'foregrad-checkpoint-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const python = process.env.FOREGRAD_PYTHON ?? 'python3'
const hasSafetensors = (() => {
  try {
    execFileSync(python, ['-c', 'import safetensors.numpy'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

test('Python’s safetensors reads ours, and we read what it wrote', async ({ skip }) => {
  if (!hasSafetensors) skip('no Python with safetensors and numpy: set FOREGRAD_PYTHON')
  const [ours, theirs] = [join(folder, 'ours.safetensors'), join(folder, 'theirs.safetensors')]
  writeFileSync(
    ours,
    await saveCheckpoint({ layers: [{ w: tf.tensor2d([1, 2, 3, 4], [2, 2]) }], n: tf.tensor1d([7], 'int32') }),
  )
  const program = `
import sys, numpy as np
from safetensors.numpy import load_file, save_file
x = load_file(sys.argv[1])
assert sorted(x) == ['layers[0].w', 'n'], sorted(x)
assert x['layers[0].w'].tolist() == [[1, 2], [3, 4]] and x['n'].dtype == np.int32
save_file({'w': np.arange(6, dtype=np.float32).reshape(2, 3), 'b': np.array([True, False])}, sys.argv[2], {'by': 'python'})
`
  execFileSync(python, ['-c', program, ours, theirs])
  const { readFileSync } = await import('node:fs')
  const bytes = new Uint8Array(readFileSync(theirs))
  const loaded = loadCheckpoint<{ w: tf.Tensor; b: tf.Tensor }>(bytes)
  expect(await loaded.w.array()).toEqual([
    [0, 1, 2],
    [3, 4, 5],
  ])
  expect(await loaded.b.array()).toEqual([1, 0])
  expect(loadCheckpoint(bytes, { like: { b: loaded.b, w: loaded.w } }).w.shape).toEqual([2, 3])
  expect(checkpointMetadata(bytes)).toEqual({ by: 'python' })
})
