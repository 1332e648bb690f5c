import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, test } from 'vitest'
import '../../../lib/gradients.ts'
import {
  adam,
  addDecayedWeights,
  chain,
  dispose,
  explain,
  expr,
  float64,
  type GradientTransformation,
  lookaheadPermutation,
  masked,
  ndarray,
  opaque,
  partition,
  predictAhead,
  rule,
  scaleByAdam,
  scaleByLearningRate,
  sgd,
  switchEma,
  treeMap,
  withLookaheadGradient,
} from '../../../lib/index.ts'
import { describeEngines, testEngines } from '../../devices/engines.ts'
import { distance } from '../../golden/golden.ts'
import { type Leaves, toNumbers } from '../../transforms/methods/runs.ts'

/** A stage by hand that leaves everything as it is. */
const asItIs = (): GradientTransformation =>
  opaque({
    name: 'asItIs',
    init: () => ({}),
    update: (u, s) => [u, s] as const,
    float64: { init: () => ({}), update: (u, s) => [u, s] as const },
  })
/** One that doubles: what is behind it is another update than what was marked. */
const doubles = (): GradientTransformation =>
  opaque({
    name: 'doubles',
    init: () => ({}),
    update: (u, s) => [treeMap(u, (x) => tf.mul(2, x)), s] as const,
    float64: {
      init: () => ({}),
      update: (u, s) =>
        [
          treeMap(u, ({ data, shape }) =>
            ndarray(
              data.map((x) => 2 * x),
              shape,
            ),
          ),
          s,
        ] as const,
    },
  })

const params = {
  W: [
    [1, -2, 0.5],
    [0.25, 3, 1],
  ],
  b: [1, -1],
}
const gradsAt = (t: number) => ({ W: params.W.map((row) => row.map((x) => Math.sin(x * t))), b: [Math.cos(t), 0.5] })

/** The places where the gradients are taken in some steps, and the parameters. */
const run = (tx: GradientTransformation) => {
  const reader = float64(tx)
  let made: { params: unknown; state: unknown; ahead?: unknown } = { params, state: reader.init(params) }
  return [1, 2, 3, 4].map((t) => {
    made = reader.step(gradsAt(t), made.state, made.params as typeof params)
    return [made.params, made.ahead]
  })
}

const rate = (count: number) => 0.1 / (1 + count)
const forecasts: { readonly [name: string]: (between: () => GradientTransformation) => GradientTransformation } = {
  'a chain': (between) =>
    chain(
      scaleByAdam(),
      predictAhead({ steps: 2, learningRate: rate }),
      between(),
      addDecayedWeights({ weightDecay: 0.1 }),
      scaleByLearningRate(rate),
    ),
  'no rule behind it': (between) => chain(adam(0.1, { predictSteps: 3 }), between()),
  'steps by a schedule, 0 at times': (between) =>
    chain(sgd(0.1), predictAhead({ steps: (count) => count % 2 }), between()),
  'the average of switchEma': (between) =>
    switchEma(chain(adam(0.1, { predictSteps: 2 }), between()), { decay: 0.5, switchEvery: 2 }),
  'weights set by hand': (between) =>
    lookaheadPermutation(chain(adam(0.1, { predictSteps: 2 }), between()), { k: 2, mask: { W: true, b: false } }),
  'leaves of their own': (between) =>
    partition(
      {
        matrix: chain(adam(0.1, { predictSteps: 2 }), between()),
        vector: sgd(0.1, { momentum: 0.9, predictSteps: 1 }),
      },
      { W: 'matrix', b: 'vector' },
    ),
  'both early': (between) =>
    partition(
      {
        matrix: chain(adam(0.1, { predictSteps: 2 }), between()),
        vector: chain(sgd(0.1, { predictSteps: 3 }), between()),
      },
      { W: 'matrix', b: 'vector' },
    ),
  'a mask': (between) => masked(chain(adam(0.1, { predictSteps: 2 }), between()), { W: true, b: false }),
}
const nothing = (): GradientTransformation => chain()

describe('a mark before a stage made by hand', () => {
  test.each(Object.keys(forecasts))('leads where it would without that stage, bit for bit: %s', (name) => {
    expect(run(forecasts[name]!(asItIs))).toEqual(run(forecasts[name]!(nothing)))
  })

  test('is of the direction that passes it, not of what that becomes', () => {
    const reader = float64(chain(sgd(0.1), predictAhead({ steps: 3 }), doubles()))
    const { params: moved, ahead } = reader.step(gradsAt(1), reader.init(params), params)
    const g = gradsAt(1)
    expect(
      distance(moved, {
        W: params.W.map((row, i) => row.map((x, j) => x - 0.2 * g.W[i]![j]!)),
        b: params.b.map((x, i) => x - 0.2 * g.b[i]!),
      }),
    ).toBeLessThan(1e-12)
    expect(
      distance(ahead, {
        W: params.W.map((row, i) => row.map((x, j) => x - 0.5 * g.W[i]![j]!)),
        b: params.b.map((x, i) => x - 0.5 * g.b[i]!),
      }),
    ).toBeLessThan(1e-12)
  })

  test('is one of a chain, wherever it stands', () => {
    expect(() => chain(predictAhead(), asItIs(), predictAhead())).toThrow('expected one mark in a chain')
    expect(() => chain(chain(asItIs(), predictAhead()), sgd(0.1, { predictSteps: 1 }))).toThrow('one mark in a chain')
    expect(() => switchEma(chain(predictAhead(), asItIs()))).not.toThrow()
  })

  test('must be w and a distance', () => {
    const scaled = rule({
      name: 'scaled',
      slots: {},
      update: ({ g, w }) => ({ u: g, next: {}, ahead: expr.mul(2, w) }),
    })
    expect(() => chain(scaled, asItIs())).toThrow('say it as w plus what has no w in it')
    const back = rule({ name: 'back', slots: {}, update: ({ g, w }) => ({ u: g, next: {}, ahead: expr.sub(w, g) }) })
    expect(run(chain(back, asItIs()))).toEqual(run(chain(back)))
  })
})

describeEngines(testEngines, ({ name: engine }) => {
  const start = () => ({ W: tf.tensor2d(params.W), b: tf.tensor1d(params.b) })
  type Net = ReturnType<typeof start>
  const loss = ({ W, b }: Net) => tf.tidy(() => tf.add(tf.sum(tf.square(W)), tf.sum(tf.mul(b, [1, 2]))) as tf.Scalar)
  const gradOf = ({ W, b }: { W: number[][]; b: number[] }) => ({
    W: W.map((row) => row.map((x) => 2 * x)),
    b: b.map((_, i) => i + 1),
  })

  test.each(
    Object.keys(forecasts).flatMap(
      (name) =>
        [
          [name, true],
          [name, false],
        ] as const,
    ),
  )('the trainer follows it as float64 does: %s, donating %s', async (name, donate) => {
    const tx = forecasts[name]!(doubles)
    const trainer = withLookaheadGradient(loss, tx, { donate })
    let train = trainer.init(start())
    const reader = float64(tx)
    let wanted: { params: unknown; state: unknown; ahead?: unknown } = {
      params,
      state: reader.init(params),
      ahead: params,
    }
    const counts: number[] = []
    for (let t = 1; t <= 4; t++) {
      const next = trainer.step(train)
      next.value.dispose()
      if (!donate) dispose(train)
      train = next.train
      counts.push(tf.memory().numTensors)
      wanted = reader.step(gradOf(wanted.ahead as typeof params), wanted.state, wanted.params as typeof params)
      const made = (await toNumbers([train.params, train.ahead])) as Leaves[]
      expect(distance(made, [wanted.params, wanted.ahead])).toBeLessThan(3e-4)
    }
    expect(new Set(counts.slice(1)).size).toBe(1)
    dispose(train)
  })

  test('costs two streams more: the distance is written, and read by the pass that makes the parameters', () => {
    const [ahead, behind] = [
      chain(sgd(0.1, { momentum: 0.9, predictSteps: 2 }), asItIs()),
      chain(sgd(0.1, { momentum: 0.9 }), asItIs(), predictAhead({ steps: 2 })),
    ].map((tx) => explain(tx))
    expect(ahead!.bytesPerParam - behind!.bytesPerParam).toBe(8)
    expect(ahead!.passes[0]!.writes).toContain('distance ahead, stage 0')
    expect(ahead!.passes.at(-1)!.reads).toContain('distance ahead, stage 0')
    expect(ahead!.fused).toBe(engine !== 'tensors')
  })
})
