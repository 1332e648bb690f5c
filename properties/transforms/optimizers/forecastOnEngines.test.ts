import * as tf from '@tensorflow/tfjs-core'
import '../../../lib/gradients.ts'
import { describe, expect, test } from 'vitest'
import {
  adabelief,
  adam,
  adam3,
  adamw,
  addDecayedWeights,
  chain,
  dispose,
  float64,
  type GradientTransformation,
  type Hyper,
  linearSchedule,
  masked,
  type Params,
  partition,
  predictAhead,
  rmsprop,
  scale,
  sgd,
  withGradient,
  withLookaheadGradient,
} from '../../../lib/index.ts'
import { describeEngines, testEngines } from '../../devices/engines.ts'

/** XGrad's six, in its own variants, for a number of steps ahead. */
const six: Readonly<Record<string, (rate: Hyper, predictSteps?: number) => GradientTransformation>> = {
  SGDM: (rate, s) => sgd(rate, { momentum: 0.9, ...steps(s) }),
  RMSprop: (rate, s) => rmsprop(rate, { decay: 0.99, epsInSqrt: false, ...steps(s) }),
  Adam: (rate, s) => adam(rate, steps(s)),
  AdamW: (rate, s) => adamw(rate, { weightDecay: 0.1, ...steps(s) }),
  AdaBelief: (rate, s) => adabelief(rate, { eps: 1e-8, epsRoot: 1e-8, ...steps(s) }),
  AdaM3: (rate, s) => adam3(rate, { weightDecay: 0.1, ...steps(s) }),
}

const steps = (predictSteps: number | undefined) => (predictSteps === undefined ? {} : { predictSteps })

type Base = (typeof six)[string]

/** A tree whose leaves end in the middle of a vector register, and their targets, others in every step. */
const start = { w: numbers(7, 0), b: numbers(3, 20) }
const targets = Array.from({ length: 5 }, (_, t) => ({ w: numbers(7, 40 + t), b: numbers(3, 60 + t) }))

function numbers(count: number, from: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => Math.fround(2 * Math.sin(12.9898 * (from + i + 1))))
}

type Numbers = { readonly w: readonly number[]; readonly b: readonly number[] }

/** Parameters and predicted parameters after each step. */
type Trajectory = readonly { readonly params: Numbers; readonly ahead: Numbers }[]

/** The gradient of ½Σ(w − target)², or where it is `fixed` of Σ w·target. */
const slope = (at: Numbers, target: Numbers, fixed: boolean): Numbers => {
  const leaf = (name: 'w' | 'b') => at[name].map((w, i) => (fixed ? 0 : w) - (fixed ? -1 : 1) * target[name][i]!)
  return { w: leaf('w'), b: leaf('b') }
}

const meant = (tx: GradientTransformation): Trajectory => {
  const reader = float64(tx)
  let now: Trajectory[number] = { params: start, ahead: start }
  let state = reader.init(start)
  return targets.map((target) => {
    const made = reader.step(slope(now.ahead, target, false), state, now.params)
    state = made.state
    now = { params: made.params as Numbers, ahead: (made.ahead ?? made.params) as Numbers }
    return now
  })
}

const loss =
  (fixed: boolean) =>
  (params: Params, target: Numbers): tf.Scalar => {
    const leaves = params as unknown as { readonly w: tf.Tensor; readonly b: tf.Tensor }
    const part = (name: 'w' | 'b') => {
      const to = tf.tensor1d([...target[name]])
      return fixed ? tf.sum(tf.mul(leaves[name], to)) : tf.mul(0.5, tf.sum(tf.square(tf.sub(leaves[name], to))))
    }
    return tf.add(part('w'), part('b'))
  }

/** The same on the engine that is open; `donate` hands every train state over to the next step. */
const made = async (
  tx: GradientTransformation,
  { marked = true, fixed = false, donate = false } = {},
): Promise<Trajectory> => {
  const trainer = (marked ? withLookaheadGradient : withGradient)(loss(fixed), tx, { donate })
  const given = { w: tf.tensor1d([...start.w]), b: tf.tensor1d([...start.b]) }
  let train: { readonly params: Params; readonly ahead?: Params } = trainer.init(given)
  const trajectory: Trajectory[number][] = []
  let tensors = 0
  for (const [t, target] of targets.entries()) {
    const { train: next, value } = trainer.step(train as never, target)
    dispose(donate ? value : [train, value])
    train = next
    trajectory.push({ params: await read(train.params), ahead: await read(train.ahead ?? train.params) })
    tensors ||= tf.memory().numTensors
    expect(tf.memory().numTensors, `tensors after step ${t + 1}`).toBe(tensors)
  }
  dispose(train)
  return trajectory
}

const read = async (params: Params): Promise<Numbers> => {
  const { w, b } = params as unknown as { readonly w: tf.Tensor; readonly b: tf.Tensor }
  return { w: [...(await w.data())], b: [...(await b.data())] }
}

/** Float32 beside float64 over five steps of size up to 0.5. */
const near = (actual: Trajectory, expected: Trajectory): void => {
  expect(actual).toHaveLength(expected.length)
  actual.forEach((point, t) => {
    for (const tree of ['params', 'ahead'] as const)
      for (const leaf of ['w', 'b'] as const)
        point[tree][leaf].forEach((x, i) => {
          const y = expected[t]![tree][leaf][i]!
          if (!(Math.abs(x - y) <= 1e-5 * Math.max(1, Math.abs(y))))
            expect.fail(`step ${t + 1}, ${tree}.${leaf}[${i}]: ${x}, expected ${y}`)
        })
  })
}

const rate = 0.05
const falling = linearSchedule({ initValue: 0.1, endValue: 0.01, transitionSteps: 4 })
const onlyW = { w: true, b: false }
const onlyB = { w: false, b: true }

const forms: Readonly<Record<string, (base: Base) => GradientTransformation>> = {
  'one step ahead': (base) => base(rate, 1),
  'a fraction of a step': (base) => base(rate, 0.5),
  'more than one step, not whole': (base) => base(rate, 2.25),
  'a schedule of the learning rate': (base) => base(falling, 2),
  'a schedule of the steps': (base) => chain(base(rate), predictAhead({ steps: (count) => 3 - count })),
  'a mask': (base) => chain(masked(base(rate, 2), onlyW), masked(scale(-0.1), onlyB)),
  'groups, each with its own forecast': (base) =>
    partition(
      { own: base(falling, 2), other: sgd(0.1, { momentum: 0.5, predictSteps: 0.5 }) },
      { w: 'own', b: 'other' },
    ),
  'groups, one of them without a forecast': (base) =>
    partition({ own: base(rate, 1.5), other: adam(rate) }, { w: 'own', b: 'other' }),
  'a coupled decay of the weights where they are': (base) =>
    chain(addDecayedWeights({ weightDecay: 0.1 }), base(rate, 2)),
}

describeEngines(testEngines, () => {
  describe.each(Object.entries(six))('%s', (_, base) => {
    test.each(Object.entries(forms))('with %s predicts and trains as float64 does', async (_, form) => {
      const tx = form(base)
      const expected = meant(tx)
      expect(expected.map(({ ahead }) => ahead)).not.toEqual(expected.map(({ params }) => params))
      near(await made(tx), expected)
      near(await made(tx, { donate: true }), expected)
    })

    test('0 steps ahead is plain, bit for bit', async () => {
      const plain = paramsOf(await made(base(rate), { marked: false }))
      expect(paramsOf(await made(base(rate, 0), { marked: false }))).toEqual(plain)
      const marked = await made(chain(base(rate), predictAhead({ steps: 0 })))
      expect(paramsOf(marked)).toEqual(plain)
      expect(marked.map(({ ahead }) => ahead)).toEqual(plain)
    })

    test('the first step does not depend on the number of steps ahead, bit for bit', async () => {
      const [plain] = paramsOf(await made(base(rate), { marked: false }))
      for (const s of [0.5, 3]) expect(paramsOf(await made(base(rate, s)))[0]).toEqual(plain)
    })

    test('the forecast has no effect on a gradient that does not depend on the weights, bit for bit', async () => {
      const plain = paramsOf(await made(base(rate), { marked: false, fixed: true }))
      for (const s of [1, 2.5]) expect(paramsOf(await made(base(rate, s), { fixed: true }))).toEqual(plain)
    })

    test('a leaf that the mask keeps out is not predicted', async () => {
      const trajectory = await made(forms['a mask']!(base))
      for (const { params, ahead } of trajectory) expect(ahead.b).toEqual(params.b)
    })
  })
})

const paramsOf = (trajectory: Trajectory): readonly Numbers[] => trajectory.map(({ params }) => params)
