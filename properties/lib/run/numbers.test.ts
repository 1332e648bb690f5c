/** Numbers that are none: schedules, counts and signals are held against what a number is before anything runs. */
import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, test } from 'vitest'
import * as f from '../../../lib/index.ts'
import { ForegradError } from '../../../lib/index.ts'
import '../../../lib/gradients.ts'
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

const none: readonly (readonly [string, () => unknown])[] = [
  ['undefined', () => undefined],
  ['null', () => null],
  ["'0.1' (string)", () => '0.1'],
  ['a Promise', () => Promise.resolve(0.1)],
  ['1n (bigint)', () => 1n],
  ['NaN', () => Number.NaN],
  ['an object (NdArray)', () => f.ndarray(new Float64Array([1]), [])],
  ['true', () => true],
]

/** Places where a schedule may stand. */
const places: Readonly<Record<string, (s: f.Schedule) => f.GradientTransformation>> = {
  'the learning rate': (s) => f.sgd(s),
  'a weight decay': (s) => f.adamw(0.1, { weightDecay: s }),
  scaleBySchedule: (s) => f.scaleBySchedule(s),
  'one of joined schedules': (s) => f.adam(f.joinSchedules([s, f.constantSchedule(1)], [5])),
  'a schedule of your own': (s) => f.sgd(f.schedule((count) => f.expr.mul(2, f.expr.hyper(s, count)))),
  'behind a stage written by hand': (s) =>
    f.chain(f.trace({ decay: 0.9 }), f.orthogonalize(), f.scaleByLearningRate(s)),
  'under a mask': (s) => f.masked(f.sgd(s), { w: true }),
  'behind a reduction': (s) => f.chain(f.trace({ decay: 0.5 }), f.clipByGlobalNorm(1), f.scaleByLearningRate(s)),
}

const setting = () => ({ params: { w: tf.tensor2d([[1, 2]]) }, grads: { w: tf.tensor2d([[1, 1]]) } })

/** The call fails, and every tensor is alive, as it was, with none beside. */
const unharmed = async (tree: unknown, call: () => unknown): Promise<ForegradError> => {
  const tensors = f.treeLeaves(tree as never).filter((x: unknown) => x instanceof tf.Tensor) as tf.Tensor[]
  const before = await Promise.all(tensors.map((tensor) => tensor.array()))
  const count = tf.memory().numTensors
  const error = errorOf(call)
  expect(tf.memory().numTensors).toBe(count)
  expect(await Promise.all(tensors.map((tensor) => tensor.array()))).toEqual(before)
  return error
}

describeEngines(testEngines, () => {
  test.each(Object.entries(places))('a schedule that returns no number is told where it is %s', async (_, make) => {
    for (const [got, returns] of none) {
      const { params, grads } = setting()
      const tx = make(returns as never)
      const state = tx.init(params)
      for (const donate of [false, true]) {
        const all = [params, grads, state]
        const { code, faults } = await unharmed(all, () => f.step(tx, grads, state, params, { donate }))
        expect(code).toBe('bad-hyperparameter')
        expect(faults[0]?.path).toContain('schedule')
        if (make !== places['a schedule of your own']) expect(faults[0]).toMatchObject({ got })
        await unharmed(all, () => tx.update(grads, state, params))
      }
      f.dispose([params, grads, state])
    }
  })

  test('a mark whose schedule returns no number is told by the driver, with nothing consumed', async () => {
    const { params } = setting()
    const loss = ({ w }: { w: tf.Tensor }) => tf.sum(tf.square(w)) as tf.Scalar
    const tx = f.adam(0.1, { predictSteps: (count: number) => (count < 2 ? 1 : Number.NaN) })
    const trainer = f.withLookaheadGradient(loss, tx, { donate: true })
    const { train, value } = trainer.step(trainer.init(params))
    const { faults } = await unharmed(train, () => trainer.step(train))
    expect(faults).toEqual([
      { path: 'chain: the schedule predictSteps', expected: 'a number after 2 updates', got: 'NaN' },
    ])
    f.dispose([train, value])
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -1, 0.5, '3', null, 2n])(
    'a count of %s is told by its path',
    async (count) => {
      for (const tx of [f.adam(0.1), f.chain(f.orthogonalize(), f.adam(0.1)), f.sgd(() => 0.1)] as never[]) {
        const { params, grads } = setting()
        const spoil = (x: unknown): unknown => (x === 0 ? count : x)
        const made = (tx as f.GradientTransformation).init(params)
        const state = f.treeMap(made as f.Tree<unknown>, spoil)
        for (const donate of [false, true]) {
          const { code, faults } = await unharmed([params, grads, state], () =>
            f.step(tx, grads, state as never, params, { donate }),
          )
          expect(code).toBe('tree-mismatch')
          expect(faults.some(({ path, expected }) => /count$/.test(path) && expected.startsWith('a count'))).toBe(true)
        }
        f.dispose([params, grads, made])
      }
    },
  )

  test('a signal that is NaN is told by its name', async () => {
    const { params, grads } = setting()
    const { mul, neg } = f.expr
    const own = f.rule({ name: 'own', slots: {}, update: ({ g }) => ({ u: mul(neg(f.signal('lr')), g), next: {} }) })
    for (const tx of [own, f.chain(f.orthogonalize(), own)] as f.GradientTransformation[]) {
      const state = tx.init(params)
      const call = () => f.step(tx, grads, state, params, { donate: true, extra: { lr: Number.NaN } })
      const { code, faults } = await unharmed([params, grads, state], call)
      expect(code).toBe('bad-argument')
      expect(faults).toEqual([
        { path: expect.stringContaining(': extra.lr'), expected: 'a number or a boolean', got: 'NaN' },
      ])
    }
    f.dispose([params, grads])
  })
})

describe('a schedule', () => {
  test('that returns no number is told in float64, too', () => {
    for (const [got, returns] of none) {
      const meaning = f.float64(f.adam(returns as never))
      const { faults } = errorOf(() => meaning.step([1], meaning.init([1]), [1]))
      expect(faults).toMatchObject([{ expected: 'a number after 0 updates', got }])
    }
  })

  test('that is joined to others is asked in its own time only', () => {
    const own = (count: number) => (count < 0 ? Number.NaN : Math.sqrt(count))
    const meaning = f.float64(f.sgd(f.joinSchedules([() => 1, own], [3])))
    expect(meaning.step([1], meaning.init([1]), [1]).params).toEqual([0])
  })

  test('is asked once for every count of a step', () => {
    const asked: number[] = []
    const rate = (count: number) => {
      asked.push(count)
      return 0.1
    }
    for (const tx of [f.adam(rate, { predictSteps: 1 }), f.chain(f.scale(1), f.orthogonalize(), f.adam(rate))]) {
      const meaning = f.float64(tx as f.GradientTransformation)
      meaning.step([[1]], meaning.init([[1]]), [[1]])
      expect(asked.splice(0).sort()).toEqual(meaning.lookahead ? [0, 1] : [0])
    }
  })
})
