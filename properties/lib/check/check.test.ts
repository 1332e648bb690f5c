import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  adam,
  adamw,
  chain,
  clipByGlobalNorm,
  counter,
  expr,
  extraTree,
  ForegradError,
  masked,
  opaque,
  releaseBackend,
  rule,
  signal,
  step,
  treeMap,
} from '../../../lib/index.ts'
import { openEngine, testEngine } from '../../devices/engines.ts'

beforeAll(() => openEngine(testEngine('tensors')))
afterAll(releaseBackend)

const errorOf = (call: () => unknown): ForegradError => {
  try {
    call()
  } catch (error) {
    if (error instanceof ForegradError) return error
    throw error
  }
  throw new Error('nothing was raised')
}

const params = () => ({ layers: [{ w: tf.zeros([2, 3]), b: tf.zeros([3]) }], s: tf.scalar(1) })

describe('a call with bad trees', () => {
  test('names a slot of the state by its path', () => {
    const tx = chain(clipByGlobalNorm(1), adam(0.1))
    const p = params()
    const state = tx.init(p) as unknown as [unknown, [{ mu: unknown }]]
    const bad = [state[0], [{ ...state[1][0], mu: { ...p, s: tf.scalar(1, 'int32') } }, {}]]
    expect(errorOf(() => tx.update(p, bad as never)).faults).toEqual([
      { path: 'state[1][0].mu.s', expected: 'a float32 tensor of shape []', got: 'dtype int32' },
    ])
  })

  test('tells the faults of parameters, gradients and state in one error', () => {
    const tx = adam(0.1)
    const p = params()
    const state = tx.init(p) as unknown as [object, object]
    const int32 = tf.zeros([3], 'int32')
    const bad = { ...p, layers: [{ w: p.layers[0]!.w, b: int32 }] }
    const broken = [{ ...state[0], count: 'many' }, {}] as never
    const { code, faults } = errorOf(() => step(tx, { ...p, s: null } as never, broken, bad))
    expect(code).toBe('tree-mismatch')
    expect(faults.map(({ path }) => path)).toEqual(['params.layers[0].b', 'updates.s', 'state[0].count'])
  })

  test('tells a shape beside a missing gradient', () => {
    const [p, tx] = [params(), adam(0.1)]
    const grads = { layers: [{ w: tf.zeros([3, 2]) }], s: tf.scalar(1) }
    expect(errorOf(() => step(tx, grads, tx.init(p), p)).faults).toEqual([
      { path: 'updates.layers[0].b', expected: 'a leaf', got: 'nothing' },
      { path: 'updates.layers[0].w', expected: 'a float32 tensor of shape [2, 3]', got: 'shape [3, 2]' },
    ])
  })

  test('tells a missing gradient beside a parameter of another dtype', () => {
    const tx = adamw(1e-3)
    const state = tx.init({ w: tf.ones([2]), b: tf.ones([1]) })
    const call = () => step(tx, { w: tf.ones([2]) }, state, { w: tf.ones([2]), b: tf.ones([1], 'int32') })
    expect(errorOf(call).faults.map(({ path }) => path)).toEqual(['params.b', 'updates.b'])
  })

  test('tells missing parameters, signals and trees beside what is wrong with the others', () => {
    const needy = rule({
      name: 'needy',
      slots: { count: counter },
      update: ({ g, p }, { count }) => ({
        u: expr.add(expr.mul(signal('factor'), expr.mul(signal('share'), g)), expr.add(p, extraTree('shift'))),
        next: { count: expr.add(count, 1) },
      }),
    })
    const g = { w: tf.ones([2]), b: tf.ones([1], 'int32') }
    const { code, faults, message } = errorOf(() => needy.update(g, { count: '0' } as never, undefined, { share: 'a' }))
    expect(code).toBe('tree-mismatch')
    expect(faults.map(({ path }) => path)).toEqual([
      'needy: params',
      'updates.b',
      'state.count',
      'extra.shift',
      'needy: extra.factor',
      'needy: extra.share',
    ])
    for (const advice of ['Pass params as the third argument', 'Pass { shift }', 'Pass { factor }', 'one number']) {
      expect(message).toContain(advice)
    }
    const good = { w: tf.ones([2]), b: tf.ones([1]) }
    const missing = errorOf(() => needy.update(good, { count: 0 }, good))
    expect(missing.code).toBe('missing-signal')
    expect(missing.faults.map(({ path }) => path)).toEqual(['extra.shift', 'needy: extra.factor', 'needy: extra.share'])
  })

  test('is refused before a stage written by hand sees it', () => {
    const tx = opaque({ name: 'wild', init: () => ({}), update: () => expect.fail('was called') })
    const p = params()
    expect(errorOf(() => tx.update({ ...p, s: null } as never, {}, p)).faults).toEqual([
      { path: 'updates.s', expected: 'a float32 tensor of shape []', got: 'null' },
    ])
  })

  test('tells all faults of a chain around such a stage at once, by their places in the whole state', () => {
    const byHand = opaque({ name: 'byHand', init: () => ({}), update: (u, state) => [u, state] as const })
    const tx = chain(adam(0.1), masked(chain(byHand, adam(0.1)), { layers: true, s: false }))
    const p = params()
    const [first, { innerState }] = tx.init(p) as unknown as [[{ mu: unknown }], { innerState: [unknown, [object]] }]
    const bad = [
      [{ ...first[0], mu: { ...p, s: tf.scalar(1, 'int32') } }, {}],
      { innerState: [innerState[0], [{ ...innerState[1][0], count: null }, {}]] },
    ]
    const { faults } = errorOf(() => step(tx, { ...p, s: null } as never, bad as never, p, { donate: true }))
    expect(faults.map(({ path }) => path)).toEqual(['updates.s', 'state[0][0].mu.s', 'state[1].innerState[1][0].count'])
    const cut = errorOf(() => step(tx, p, [bad[0], { innerState: [{}] }] as never, p))
    expect(cut.faults).toEqual([{ path: 'state[1].innerState', expected: 'an array of 2', got: 'an array of 1' }])
    expect(errorOf(() => step(tx, p, [bad[0], {}] as never, p)).faults.map(({ path }) => path)).toEqual([
      'state[1].innerState',
    ])
  })

  test('has a state of its own behind a stage written by hand that hands its inputs on', () => {
    const last = opaque({ name: 'last', init: (p) => ({ g: p }), update: (g) => [g, { g }] as const })
    const p = params()
    const g = treeMap(p, (leaf) => tf.onesLike(leaf as tf.Tensor))
    const [updates, state] = last.update(g, last.init(p) as never, p)
    tf.dispose([g, updates] as never)
    expect([...(state as { g: { s: tf.Tensor } }).g.s.dataSync()]).toEqual([1])
  })
})

describe('a learning rate, or another option, that is wrong', () => {
  test('is told together with all others', () => {
    const { code, faults } = errorOf(() =>
      adamw(Number.NaN, { b1: 1, eps: -1, weightDecay: '1e-4', betas: [0.9] } as never),
    )
    expect(code).toBe('bad-hyperparameter')
    expect(faults.map(({ path }) => path).sort()).toEqual(
      ['adamw: b1', 'adamw: betas', 'adamw: eps', 'adamw: learningRate', 'adamw: weightDecay'].sort(),
    )
  })
})
