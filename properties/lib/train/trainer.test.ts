import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, test } from 'vitest'
import '../../../lib/gradients.ts'
import { type ArrayLeaf, createArrays } from '../../../lib/arrays.ts'
import { NdArray } from '../../../lib/data/ndArray.ts'
import { float64Host } from '../../../lib/hosts/float64/host.ts'
import type { TrainingHost, ValueAndGradsOf } from '../../../lib/hosts/host.ts'
import * as f from '../../../lib/index.ts'
import { trainerOn } from '../../../lib/train/trainer.ts'
import { describeEngines, testEngines } from '../../devices/engines.ts'

const start = [1, -2, 0.5]
const curvature = [2, 1, 0.5]
const key = f.seedKey(7)
/** The slope of ½·Σ a·(w − x)² at w. */
const slope = (w: readonly number[], x: number): number[] => w.map((wi, i) => curvature[i]! * (wi - x))
const batches = [0.3, -0.1, 0.7, 0.2, -0.4, 0.1]
const noise = (step: number): number[] => [...f.normals(key, start.length, { step })]

const exact = () => f.marsCorrection({ mode: 'exact', maxNorm: Number.POSITIVE_INFINITY })
const ivonOptions: f.IvonOptions = { ess: 50, hessInit: 0.5, b2: 0.9, weightDecay: 0.01 }
const withForecast = () =>
  f.chain(
    exact(),
    f.scaleByAdam(),
    f.predictAhead({ steps: 2, learningRate: 0.05 }),
    f.addDecayedWeights({ weightDecay: 0.01 }),
    f.scaleByLearningRate(0.05),
  )
const gatedForecast = () => f.chain(exact(), f.multiSteps(f.adamw(0.05, { predictSteps: 2 }), { everyKSchedule: 2 }))
const withDraws = () => f.chain(exact(), f.ivon(0.1, ivonOptions))

/** The run in float64, written out: the gradient at `place`, the other one at the place of the step before. */
const byHand = (tx: f.GradientTransformation, draws: boolean): number[][] => {
  const meaning = f.float64(tx)
  let params = start
  let state: unknown = meaning.init(params)
  const deviation = 1 / Math.sqrt(50 * (0.5 + 0.01))
  let place = draws ? params.map((p, i) => p + noise(0)[i]! * deviation) : params
  let previous = place
  return batches.map((x, t) => {
    const given = draws ? { noise: noise(t), nextNoise: noise(t + 1) } : {}
    const extra = { ...given, gradAtPrevious: slope(previous, x) }
    const made = meaning.step(slope(place, x), state, params, extra, place)
    previous = place
    place = made.ahead as number[]
    params = made.params as number[]
    state = made.state
    return params
  })
}

const combined: readonly (readonly [string, () => f.GradientTransformation, boolean])[] = [
  ['exact MARS with a forecast', withForecast, false],
  ["exact MARS with IVON's draws", withDraws, true],
  [
    "noise of a stage's own beside IVON's draws",
    () => f.chain(exact(), f.addNoise({ eta: 1, gamma: 0 }), f.ivon(0.1, ivonOptions)),
    true,
  ],
  ['exact MARS with a forecast that stays between the steps of a gate', gatedForecast, false],
]

/** Plain numbers as a host that trains: a loss returns its slopes, too. */
const numbers: TrainingHost<NdArray, number, ValueAndGradsOf<NdArray, number>> = {
  ...float64Host,
  valueAndGrad: (loss) => loss as never,
  dispose: () => undefined,
  make: (data, shape) => new NdArray(Float64Array.from(data), shape),
  mean: (values) => values.reduce((sum, x) => sum + x, 0) / values.length,
}

describe('a trainer on plain numbers, a host without a tensor library', () => {
  const loss = (w: NdArray, x: number): ValueAndGradsOf<NdArray, number> => {
    const at = [...w.data]
    const value = at.reduce((sum, wi, i) => sum + 0.5 * curvature[i]! * (wi - x) ** 2, 0)
    return { value, grads: new NdArray(Float64Array.from(slope(at, x)), w.shape) }
  }

  test.each(combined)('%s takes both gradients where they belong', (_, make, draws) => {
    const trainer = trainerOn(numbers)(loss, make(), { key })
    let train = trainer.init(new NdArray(Float64Array.from(start), [3]))
    const expected = byHand(make(), draws)
    batches.forEach((x, t) => {
      train = trainer.step(train, x).train
      ;[...train.params.data].forEach((w, i) => {
        expect(w).toBeCloseTo(expected[t]![i]!, 12)
      })
    })
  })

  test.each(combined.flatMap(([name, ...row]) => [true, false].map((donate) => [name, donate, ...row] as const)))(
    'and so on arrays: %s, donating %s',
    (_, donate, make, draws) => {
      const arrays = createArrays()
      const slopes = ({ w }: { w: ArrayLeaf }, x: number) => ({ value: 0, grads: { w: slope([...w.data], x) } })
      const trainer = arrays.trainer(slopes, make(), { key, donate })
      let train = trainer.init(arrays.from({ w: start }))
      const expected = byHand(make(), draws)
      const counts = batches.map((x, t) => {
        const next = trainer.step(train, x).train
        if (!donate) arrays.dispose(train)
        train = next
        train.params.w.data.forEach((w, i) => {
          expect(w).toBeCloseTo(expected[t]![i]!, 4)
        })
        return arrays.memory().numArrays
      })
      expect(new Set(counts.slice(1)).size).toBe(1)
      arrays.dispose(train)
      expect(arrays.memory().numArrays).toBe(0)
    },
  )

  test('holds what the transformation needs, and no more', () => {
    const held = (tx: f.GradientTransformation): string[] =>
      Object.keys(trainerOn(numbers)(loss, tx, { key }).init(new NdArray(new Float64Array(3), [3]))).sort()
    expect(held(f.adam(0.1))).toEqual(['params', 'state'])
    expect(held(f.adam(0.1, { predictSteps: 1 }))).toEqual(['ahead', 'params', 'state'])
    expect(held(f.marsLion(0.1, { mode: 'exact' }))).toEqual(['params', 'previous', 'state'])
    expect(held(f.ivon(0.1, ivonOptions))).toEqual(['ahead', 'draws', 'noise', 'params', 'state'])
    expect(held(withDraws())).toEqual(['ahead', 'draws', 'noise', 'params', 'previous', 'state'])
  })

  test('takes a second gradient for a stage written by hand that says that it reads it', () => {
    const handwritten = (reads?: readonly string[]) => {
      const update = (updates: f.Updates, state: object) => [updates, state] as const
      const float64 = { init: () => ({}), update: (g: unknown, state: unknown) => [g, state] as never }
      return f.opaque({ name: 'own', init: () => ({}), update, float64, ...(reads && { reads }) })
    }
    const held = (tx: f.GradientTransformation): object =>
      trainerOn(numbers)(loss, f.chain(tx, f.sgd(0.1)), {}).init(new NdArray(new Float64Array(3), [3]))
    expect(held(handwritten(['gradAtPrevious']))).toHaveProperty('previous')
    expect(held(handwritten())).not.toHaveProperty('previous')
  })
})

describe('what a trainer refuses', () => {
  const loss = ({ w }: { w: tf.Tensor }) => tf.sum(w)
  test('draws without a key, and more of them than the optimizer was made for', () => {
    expect(() => f.trainer(loss, f.ivon(0.1, ivonOptions))).toThrow('trainer: key: expected a key')
    expect(() => f.trainer(loss, f.ivon(0.1, ivonOptions), { key, mcSamples: 3 })).toThrow(
      'trainer: mcSamples: expected 1, as chain was made for, got 3. Set mcSamples where the optimizer is built',
    )
    f.trainer(loss, f.ivon(0.1, { ...ivonOptions, mcSamples: 3 }), { key, mcSamples: 3 })
  })

  test('what is no transformation, and options that it does not know', () => {
    expect(() => f.trainer(loss, {} as never)).toThrow('trainer: tx: expected a transformation')
    expect(() => f.trainer(loss, f.adam(0.1), { donat: true } as never)).toThrow('trainer: donat')
  })

  test('two branches with other draws each', () => {
    const tx = (mcSamples: number) =>
      f.partition({ a: f.ivon(0.1, ivonOptions), b: f.ivon(0.1, { ...ivonOptions, mcSamples }) }, { w: 'a', b: 'b' })
    expect(() => tx(2)).toThrow('expected the same draws in all branches')
    tx(1)
  })

  test('draws in two branches that no one rule holds', () => {
    const byHand = f.opaque({ name: 'byHand', init: () => ({}), update: (updates, state) => [updates, state] })
    const tx = (other: f.GradientTransformation) =>
      f.partition({ a: f.chain(f.ivon(0.1, ivonOptions), byHand), b: other }, { w: 'a' })
    expect(() => f.trainer(loss, tx(f.ivon(0.1, ivonOptions)), { key })).toThrow(
      'expected one stage that takes its gradients at draws, got 2, with stages written by hand beside them',
    )
    f.trainer(loss, tx(f.adam(0.1)), { key })
  })
})

describeEngines(testEngines, () => {
  const loss = ({ w }: { w: tf.Tensor }, x: tf.Tensor) => tf.sum(tf.mul([1, 0.5, 0.25], tf.square(tf.sub(w, x))))
  type Trained = Readonly<Record<'params' | 'state', unknown>>
  type AnyTrainer = f.Trainer<Trained & { params: { w: tf.Tensor } }, { w: tf.Tensor }, [tf.Tensor]>

  /** The parameters after every step, each train state disposed where it was not donated; nothing is left. */
  const run = async (trainer: AnyTrainer, donate: boolean): Promise<number[][]> => {
    const before = tf.memory().numTensors
    let train = trainer.init({ w: tf.tensor1d(start) })
    const made: number[][] = []
    const counts: number[] = []
    for (const number of batches) {
      const x = tf.scalar(number)
      const { train: next, value } = trainer.step(train, x)
      if (!donate) f.dispose(train)
      f.dispose([x, value])
      train = next
      made.push([...(await train.params.w.data())])
      counts.push(tf.memory().numTensors)
    }
    expect(new Set(counts.slice(1)).size).toBe(1)
    f.dispose(train)
    expect(tf.memory().numTensors).toBe(before)
    return made
  }

  test.each(combined.flatMap(([name, ...row]) => [true, false].map((donate) => [name, donate, ...row] as const)))(
    '%s agrees with float64, donating %s',
    async (_, donate, make, draws) => {
      const made = await run(f.trainer(loss, make(), { key, donate }) as unknown as AnyTrainer, donate)
      byHand(make(), draws).forEach((expected, t) => {
        expected.forEach((w, i) => {
          expect(made[t]![i]!).toBeCloseTo(w, 4)
        })
      })
    },
  )

  const faces: readonly (readonly [string, f.GradientTransformation, (tx: never, donate: boolean) => unknown])[] = [
    ['withGradient', f.adamw(0.1), (tx, donate) => f.withGradient(loss, tx, { donate })],
    [
      'withLookaheadGradient',
      f.adamw(0.1, { predictSteps: 2 }),
      (tx, donate) => f.withLookaheadGradient(loss, tx, { donate }),
    ],
    ['withSampledGradient', f.ivon(0.1, ivonOptions), (tx, donate) => f.withSampledGradient(loss, tx, { key, donate })],
    [
      'withSampledGradient, two draws a step',
      f.ivon(0.1, { ...ivonOptions, mcSamples: 2 }),
      (tx, donate) => f.withSampledGradient(loss, tx, { key, donate }),
    ],
    [
      'withPairedGradient',
      f.marsLion(0.1, { mode: 'exact', optimize1d: true }),
      (tx, donate) => f.withPairedGradient(loss, tx, { donate }),
    ],
  ]
  test.each(faces)('is %s, bit for bit', async (_, tx, face) => {
    const expected = await run(face(tx as never, false) as AnyTrainer, false)
    for (const donate of [true, false])
      expect(await run(f.trainer(loss, tx, { key, donate }) as unknown as AnyTrainer, donate)).toEqual(expected)
    expect(await run(face(tx as never, true) as AnyTrainer, true)).toEqual(expected)
  })

  test('two kinds of draws side by side have a place each', async () => {
    const tx = f.partition(
      { a: f.ivon(0.1, ivonOptions), b: f.ivon(0.1, { ...ivonOptions, ess: 5000 }) },
      { w: 'a', b: 'b' },
    )
    const both = ({ w, b }: { w: tf.Tensor; b: tf.Tensor }) => tf.add(tf.sum(tf.square(w)), tf.sum(tf.square(b)))
    const train = f.trainer(both, tx, { key }).init({ w: tf.zeros([3]), b: tf.zeros([3]) })
    const [w, b] = await Promise.all([train.ahead!.w.data(), train.ahead!.b.data()])
    const [zw, zb] = [0, 1].map((leaf) => f.normals(key, 3, { step: 0, leaf }))
    for (let i = 0; i < 3; i++) {
      expect(w[i]!).toBeCloseTo(zw![i]! / Math.sqrt(50 * 0.51), 5)
      expect(b[i]!).toBeCloseTo(zb![i]! / Math.sqrt(5000 * 0.51), 5)
    }
    f.dispose(train)
  })
})
