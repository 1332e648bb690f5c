import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, test } from 'vitest'
import * as f from '../../../lib/index.ts'
import { ForegradError } from '../../../lib/index.ts'
import { describeEngines, testEngines } from '../../devices/engines.ts'

const errorOf = (call: () => unknown): ForegradError => {
  try {
    call()
  } catch (error) {
    if (error instanceof ForegradError) return error
    throw error
  }
  throw new Error('nothing was raised')
}

// What is wrong with trees is stated by the law "fails without harm", for every transformation and on every engine; here is the rest.

describe('a hyperparameter', () => {
  test.each<[string, () => unknown, string]>([
    ['out of range', () => f.adam(0.1, { b1: 1 }), 'adam: b1'],
    ['below its range', () => f.scaleByRms({ eps: -1 }), 'scaleByRms: eps'],
    ['NaN', () => f.sgd(Number.NaN), 'sgd: learningRate'],
    ['infinite', () => f.scale(Number.POSITIVE_INFINITY), 'scale: stepSize'],
    ['text', () => f.lion('0.1' as never), 'lion: learningRate'],
    ['null', () => f.adamw(0.1, { weightDecay: null as never }), 'adamw: weightDecay'],
    ['a number for a flag', () => f.trace({ decay: 0.9, nesterov: 1 as never }), 'trace: nesterov'],
    ['an option that nobody knows', () => f.adam(0.1, { beta1: 0.9 } as never), 'adam: beta1'],
    ['missing', () => f.ema({} as never), 'ema: decay'],
    ['negative steps', () => f.predictAhead({ steps: -1 }), 'predictAhead: steps'],
    ['no mask', () => f.masked(f.scale(1), 3 as never), 'masked: mask'],
    ['a negative norm', () => f.clipByGlobalNorm(-1), 'clipByGlobalNorm: maxNorm'],
  ])('%s is refused by its path when the transformation is built', (_, make, path) => {
    const { code, faults } = errorOf(make)
    expect(code).toBe('bad-hyperparameter')
    expect(faults.map((fault) => fault.path)).toEqual([path])
  })

  test('and every other that is wrong are told in one error', () => {
    const { faults } = errorOf(() =>
      f.adamw('1' as never, { b1: 2, eps: -1, nesterov: 'no' as never, predictSteps: -1 }),
    )
    expect(faults.map(({ path }) => path).sort()).toEqual(
      ['b1', 'eps', 'learningRate', 'nesterov', 'predictSteps'].map((key) => `adamw: ${key}`),
    )
  })
})

describe('what is no transformation', () => {
  const loss = () => tf.scalar(0)
  test.each<[string, (tx: never) => unknown]>([
    ['step', (tx) => f.step(tx, [], [] as never, [])],
    ['withGradient: tx', (tx) => f.withGradient(loss, tx)],
    ['withLookaheadGradient: tx', (tx) => f.withLookaheadGradient(loss, tx)],
    ['float64', f.float64],
    ['show', f.show],
    ['explain', f.explain],
    ['masked: inner', (tx) => f.masked(tx, true)],
  ])('is refused by %s', (path, call) => {
    for (const none of [undefined, null, {}, loss]) {
      const { code, faults } = errorOf(() => call(none as never))
      expect(code).toBe('bad-rule')
      expect(faults).toMatchObject([{ path, expected: 'a transformation' }])
    }
  })
})

describe('an option that nobody knows', () => {
  test.each<[string, (options: never) => unknown]>([
    ['step', (options) => f.step(f.sgd(0.1), [], [] as never, [], options)],
    ['withGradient', (options) => f.withGradient((p: tf.Scalar) => p, f.sgd(0.1), options)],
    ['withLookaheadGradient', (options) => f.withLookaheadGradient((p: tf.Scalar) => p, f.sgd(0.1), options)],
  ])('is refused by %s', (where, call) => {
    const { code, faults } = errorOf(() => call({ donat: true } as never))
    expect(code).toBe('bad-argument')
    expect(faults).toEqual([{ path: `${where}: donat`, expected: 'one of donate, extra', got: 'an unknown option' }])
  })
})

describe('a chain', () => {
  test('with two marks is refused', () => {
    const { code, message } = errorOf(() => f.chain(f.adam(0.1, { predictSteps: 1 }), f.predictAhead()))
    expect(code).toBe('bad-rule')
    expect(message).toContain('one mark in a chain')
  })

  test('without a mark cannot look ahead', () => {
    const { code, faults } = errorOf(() => f.withLookaheadGradient(() => tf.scalar(0), f.adam(0.1)))
    expect(code).toBe('bad-rule')
    expect(faults[0]?.expected).toBe('a mark')
  })

  test.each([null, 5, {}, 'adam'])('of something else (%j) is refused', (stage) => {
    expect(errorOf(() => f.chain(f.scale(1), stage as never)).code).toBe('bad-rule')
  })
})

describeEngines(testEngines, () => {
  const setting = () => {
    const params = { w: tf.tensor1d([1, 2, 3, 4, 5]), b: tf.scalar(1) }
    const grads = { w: tf.tensor1d([1, 1, 1, 1, 1]), b: tf.scalar(1) }
    return { params, grads }
  }

  const unharmed = async (tensors: readonly tf.Tensor[], before: readonly unknown[]) => {
    const now = await Promise.all(tensors.map((tensor) => tensor.array()))
    expect(now).toEqual(before)
  }

  test.each([false, true])(
    'the state of another optimizer is refused, and nothing is harmed (donate: %s)',
    async (donate) => {
      const { params, grads } = setting()
      const [adam, lion] = [f.adam(0.1), f.lion(0.1)]
      const state = lion.init(params)
      const tensors = f.treeLeaves<unknown>([params, grads, state] as never).filter((x) => x instanceof tf.Tensor)
      const before = await Promise.all(tensors.map((tensor) => tensor.array()))
      const { code, faults } = errorOf(() => f.step(adam, grads, state as never, params, { donate }))
      expect(code).toBe('tree-mismatch')
      expect(faults.length).toBeGreaterThan(0)
      await unharmed(tensors, before)
      f.dispose([params, grads, state])
    },
  )

  test('parameters that are needed and missing are asked for', () => {
    const { params, grads } = setting()
    const tx = f.adamw(0.1)
    const state = tx.init(params)
    expect(errorOf(() => tx.update(grads, state)).code).toBe('missing-params')
    f.dispose([params, grads, state])
  })

  test.each([{}, [], { a: {} }, null, undefined])('an empty tree (%j) is refused', (tree) => {
    expect(errorOf(() => f.adam(0.1).init(tree as never)).code).toBe('tree-mismatch')
  })

  test('a failing step of training keeps the train state, also when it is to be consumed', async () => {
    const { params } = setting()
    const loss = () => tf.scalar(1, 'int32') as tf.Scalar
    const trainer = f.withGradient(loss, f.adam(0.1), { donate: true })
    const train = trainer.init(params)
    const alive = tf.memory().numTensors
    expect(() => trainer.step({ ...train, params: { ...params, b: null } as never })).toThrow(ForegradError)
    expect(tf.memory().numTensors).toBe(alive)
    await unharmed([params.w, params.b], [[1, 2, 3, 4, 5], 1])
    f.dispose(train)
  })

  test('two slots a leaf that trade places do so in place too', async () => {
    const swap = f.rule({
      name: 'swap',
      slots: { a: f.perLeaf(1), b: f.perLeaf(2) },
      update: ({ g }, { a, b }) => ({ u: g, next: { a: b, b: a } }),
    })
    const { params, grads } = setting()
    const { params: moved, state } = f.step(swap, grads, swap.init(params), params, { donate: true })
    const { a, b } = state as { a: { w: tf.Tensor }; b: { w: tf.Tensor } }
    expect([await a.w.array(), await b.w.array()]).toEqual([2, 1])
    f.dispose([moved, state, grads])
  })
})

describe('float64', () => {
  test('keeps one number a leaf where the parameters are a list of unlike leaves', () => {
    const reader = f.float64(f.zeroNans())
    const params = [[1, 2], [3]]
    const [, state] = reader.update(params, reader.init(params), params)
    expect(reader.update(params, state, params)[0]).toEqual(params)
  })
})
