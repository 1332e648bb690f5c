import '../../../lib/gradients.ts'
import * as tf from '@tensorflow/tfjs-core'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { earlyStopping } from '../../../examples/loop/earlyStopping.ts'
import { history } from '../../../examples/loop/history.ts'
import { progressBar } from '../../../examples/loop/progressBar.ts'
import { reduceOnPlateau } from '../../../examples/loop/reduceOnPlateau.ts'
import { type Callback, type Logs, trainEpochs } from '../../../examples/loop/trainEpochs.ts'
import * as f from '../../../lib/index.ts'

type Net = { w: tf.Tensor1D }
const signal = f.signal('lr')
/** Records two numbers, so that each of them and the loss would be a read by itself. */
const tx = f.chain(
  f.record('norm', ({ g }) => f.expr.normTree(g)),
  f.partition({ fast: f.sgd(signal), slow: f.sgd(0.01) }, (params: f.Params) =>
    f.treeMap(params, () => 'fast' as const),
  ),
  f.record('moved', ({ g }) => f.expr.normTree(g)),
)
const loss = ({ w }: Net, target: number, _lr: number) => tf.sum(tf.square(tf.sub(w, target))) as tf.Scalar

beforeAll(async () => {
  await f.useBackend({ prefer: ['wasm', 'cpu'] })
})
afterEach(() => vi.restoreAllMocks())

const training = (lr: () => number) => {
  const driver = f.withGradient(loss, tx, { donate: true, extra: (_target, lr) => ({ lr }) })
  return {
    trainer: { step: (train: ReturnType<typeof driver.init>, target: number) => driver.step(train, target, lr()) },
    train: driver.init({ w: tf.tensor1d([4, -2]) as tf.Tensor1D }),
    batches: (): [number][] => [[1], [1], [1], [1]],
  }
}

/** How often numbers of tensors are asked for. */
const countReads = () => {
  const [late, now] = [vi.spyOn(tf.engine(), 'read'), vi.spyOn(tf.engine(), 'readSync')]
  return () => late.mock.calls.length + now.mock.calls.length
}

describe('trainEpochs', () => {
  test('a step that nobody asks of reads nothing, and one that is asked reads once', async () => {
    const { trainer, train: first } = training(() => 0.1)
    const reads = countReads()
    let { train, value } = trainer.step(first, 1)
    for (let i = 0; i < 5; i++) ({ train, value } = trainer.step(train, 1))
    expect(f.hyperparams(tx, train.state)).toMatchObject({
      '[1].innerStates.fast.innerState[1].learningRate': Number.NaN,
      '[1].innerStates.slow.innerState[1].learningRate': 0.01,
    })
    expect(reads()).toBe(0)
    const logs = await f.metrics({ measurements: { loss: value }, train })
    expect(Object.keys(logs)).toEqual(['loss', 'norm', 'moved'])
    expect(logs.norm).toBeCloseTo(2 * Math.sqrt(logs.loss as number), 5)
    expect(reads()).toBe(1)
  })

  test.each([
    [Number.POSITIVE_INFINITY, 1],
    [4, 2],
    [1, 5],
  ])('reads once an epoch, and once every %d steps where it is to tell them', async (logEvery, each) => {
    const reads = countReads()
    await trainEpochs({ ...training(() => 0.1), epochs: 3, logEvery })
    expect(reads()).toBe(3 * each)
  })

  test('tells the mean loss of an epoch, and leaves no tensor but the train state', async () => {
    const seen: Logs[] = []
    const kept = training(() => 0)
    const before = tf.memory().numTensors
    const train = await trainEpochs({
      ...kept,
      epochs: 2,
      callbacks: [{ onEpoch: ({ logs }) => void seen.push(logs) }],
    })
    expect(seen.map(({ loss }) => loss)).toEqual([18, 18])
    // What it recorded has tensors from the first step on.
    const steady = tf.memory().numTensors
    await trainEpochs({ ...kept, train, epochs: 2 })
    expect(tf.memory().numTensors).toBe(steady)
    expect(steady - before).toBeLessThanOrEqual(2)
  })
})

/** Epochs with these numbers, as `trainEpochs` would tell them; the epoch at which a callback stopped. */
const epochsOf = (callback: Callback<{ readonly params: Net }>, values: readonly number[]): number | undefined => {
  const w = tf.tensor1d([0])
  for (const [epoch, loss] of values.entries()) {
    const params = { w: tf.add(w, epoch) as tf.Tensor1D }
    const answer = callback.onEpoch?.({ epoch, epochs: values.length, logs: { loss }, train: { params } })
    params.w.dispose()
    if (answer === 'stop') return epoch
  }
  return undefined
}

describe('callbacks', () => {
  test('earlyStopping stops behind its patience, with the weights of the best epoch', async () => {
    const stopping = earlyStopping<Net>({ patience: 2 })
    const before = tf.memory().numTensors
    expect(epochsOf(stopping, [5, 3, 4, 2, 2, 2, 1])).toBe(5)
    const { epoch, value, params } = stopping.best()
    expect([epoch, value, ...(await params.w.data())]).toEqual([3, 2, 3])
    expect(tf.memory().numTensors).toBe(before + 2)
    expect(() => epochsOf(earlyStopping({ monitor: 'val' }), [1])).toThrow("expected 'val' in loss")
  })

  test('a NaN is never the best', () => {
    const stopping = earlyStopping<Net>({ patience: 1 })
    expect(epochsOf(stopping, [2, Number.NaN])).toBe(1)
    expect(stopping.best().value).toBe(2)
  })

  test('reduceOnPlateau reduces the rate that the next steps take, and not below the least', async () => {
    const rate = { value: 1 }
    expect(epochsOf(reduceOnPlateau(rate, { factor: 0.5, patience: 2, minRate: 0.2 }), [3, 3, 3])).toBeUndefined()
    expect(rate.value).toBe(0.5)
    epochsOf(reduceOnPlateau(rate, { factor: 0.5, patience: 1, minRate: 0.2 }), [3, 3, 3, 3])
    expect(rate.value).toBe(0.2)
    const moved: number[] = []
    const held = { value: 0 }
    const onEpoch = ({ logs }: { logs: Logs }) => {
      moved.push(logs.moved as number)
      held.value = 0.1
      return undefined
    }
    await trainEpochs({ ...training(() => held.value), epochs: 2, callbacks: [{ onEpoch }] })
    expect(moved[0]).toBe(0)
    expect(moved[1]).toBeGreaterThan(0)
  })

  test('history keeps a record an epoch, with what is added', () => {
    const kept = history(() => ({ lr: 0.1 }))
    epochsOf(kept, [2, 1])
    expect(kept.logs).toEqual([
      { loss: 2, lr: 0.1 },
      { loss: 1, lr: 0.1 },
    ])
  })

  test.each([true, false])('progressBar on a terminal: %s', (isTTY) => {
    let text = ''
    const bar = progressBar({ isTTY, columns: 40, write: (more: string) => (text += more) })
    for (let step = 1; step <= 2; step++) bar.onStep?.({ epoch: 0, epochs: 1, step, steps: 2, logs: { loss: 1 / 3 } })
    bar.onEpoch?.({ epoch: 0, epochs: 1, logs: { loss: 0.25 }, train: undefined })
    bar.onEnd?.()
    const drawn = text.split('\r').filter((part) => part.includes('█'))
    expect(drawn.length).toBe(isTTY ? 2 : 0)
    for (const line of drawn) expect(line.replace('\u001b[K', '').length).toBeLessThan(40)
    expect(text.endsWith(isTTY ? 'loss 0.25\u001b[K\n' : 'epoch 1/1  loss 0.25\n')).toBe(true)
  })
})
