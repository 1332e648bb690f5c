import * as tf from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import '../../../../lib/gradients.ts'
import { describe, expect, test } from 'vitest'
import {
  chain,
  dispose,
  float64,
  foldIn,
  fromData,
  type IvonOptions,
  ivon,
  ivonAccumulate,
  ivonNoiseScale,
  ivonPredict,
  ivonSample,
  masked,
  normalTree,
  type Params,
  predictAhead,
  scaleByIvon,
  seedKey,
  sgd,
  toDataAsync,
  withGradient,
  withLookaheadGradient,
  withSampledGradient,
} from '../../../../lib/index.ts'
import { describeEngines, testEngines } from '../../../devices/engines.ts'
import { distanceOf, gradientOf, type Quadratic, worked } from '../../../golden/worked.ts'

type Row = readonly number[]
interface Sample {
  readonly noise: Row
  readonly sampled_params: Row
}
interface WorkedStep {
  readonly samples: readonly Sample[]
  readonly momentum: Row
  readonly hess: Row
  readonly params: Row
}
interface Example {
  readonly inputs: {
    readonly params0: Row
    readonly loss: Quadratic
    readonly z_mc1: readonly (readonly Row[])[]
    readonly z_mc2: readonly (readonly Row[])[]
  }
  readonly outputs: Readonly<Record<string, readonly WorkedStep[]>>
}
interface State {
  readonly hess: number[]
  readonly momentum: number[]
  readonly count: number
}

const { inputs, outputs } = worked<Example>('ivon')
const gradient = gradientOf(inputs.loss)
const common: IvonOptions = { ess: 100, hessInit: 0.5, b1: 0.9, b2: 0.9, weightDecay: 0.01 }
const runs: readonly (readonly [string, IvonOptions])[] = [
  ['price_mc1', common],
  ['price_mc2', { ...common, mcSamples: 2 }],
  ['gradsq_mc1', { ...common, hessApprox: 'gradsq' }],
  ['price_mc1_clip_radius_0.5', { ...common, clipRadius: 0.5 }],
]
const drawsOf = (options: IvonOptions) => (options.mcSamples === 2 ? inputs.z_mc2 : inputs.z_mc1)

const noiseScale = float64(ivonNoiseScale())
/** Weights drawn with the noise z, in float64. */
const sample = (z: Row, params: Row, { hess }: State, { ess, weightDecay = 1e-4 }: IvonOptions): number[] =>
  noiseScale.step([...z], {}, [...params], { hess, ess, weightDecay }).params as number[]

/** One step on plain numbers, with the draws zs, each at weights around the same parameters. */
const stepWith = (
  options: IvonOptions,
  grad: (w: Row) => number[],
  zs: readonly Row[],
  params: Row,
  state: unknown,
) => {
  const reader = float64(ivon(0.1, options))
  const own = (state as readonly State[])[0] as State
  const grads = zs.map((z) => grad(sample(z, params, own, options)))
  const nextNoise = params.map(() => 0)
  if (zs.length === 1) return reader.step(grads[0]!, state, [...params], { noise: zs[0], nextNoise })
  const means = float64(ivonAccumulate({ hessApprox: options.hessApprox ?? 'price' }))
  let mean: unknown = params.map(() => 0)
  let kept = means.init(mean as number[])
  for (const [k, g] of grads.entries()) {
    const next = means.step(g, kept, mean as number[], { noise: zs[k] })
    mean = next.params
    kept = next.state
  }
  const { products } = kept as { products: number[] }
  return reader.step(mean as number[], state, [...params], { products, nextNoise })
}

describe('ivon', () => {
  test.each(runs)('gives the worked example %s within 1e-10 on float64', (name, options) => {
    let params: Row = inputs.params0
    let state = float64(ivon(0.1, options)).init([...params])
    outputs[name]!.forEach((expected, t) => {
      const zs = drawsOf(options)[t]!
      const own = (state as readonly State[])[0] as State
      zs.forEach((z, k) => {
        expect(distanceOf(sample(z, params, own, options), expected.samples[k]!.sampled_params)).toBeLessThan(1e-10)
      })
      const next = stepWith(options, (w) => gradient(w, t), zs, params, state)
      params = next.params as number[]
      state = next.state
      const { hess, momentum } = (state as readonly State[])[0] as State
      expect(distanceOf(params, expected.params)).toBeLessThan(1e-10)
      expect(distanceOf(momentum, expected.momentum)).toBeLessThan(1e-10)
      expect(
        distanceOf(
          hess.map((h) => h / Math.max(1, h)),
          expected.hess.map((h) => h / Math.max(1, h)),
        ),
      ).toBeLessThan(1e-10)
      hess.forEach((h, i) => {
        expect(Math.abs(h / expected.hess[i]! - 1)).toBeLessThan(1e-10)
      })
    })
  })

  const numbers = fc.double({ min: -50, max: 50, noNaN: true })
  const open = {
    b2: fc.double({ min: 0, max: 1, noNaN: true }),
    weightDecay: fc.double({ min: 1e-3, max: 1, noNaN: true }),
  }

  test('the noise has the deviation 1 / √(ess·(h + δ))', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 9, noNaN: true }), open.weightDecay, (h, weightDecay) => {
        const drawn = sample([1], [0], { hess: [h], momentum: [], count: 0 }, { ess: 40, weightDecay })
        expect(drawn[0]).toBeCloseTo(1 / Math.sqrt(40 * (h + weightDecay)), 12)
      }),
    )
  })

  test('h + δ never falls below half of what it was, whatever the Hessian sample', () => {
    fc.assert(
      fc.property(numbers, numbers, open.b2, open.weightDecay, (z, g, b2, weightDecay) => {
        const reader = float64(scaleByIvon({ ess: 20, hessInit: 0.3, b2, weightDecay }))
        const [, next] = reader.update([g], reader.init([0]), [0], { noise: [z] })
        expect((next as State).hess[0]! + weightDecay).toBeGreaterThanOrEqual(0.5 * (0.3 + weightDecay) * (1 - 1e-12))
      }),
    )
  })

  test('a Hessian sample equal to h leaves h as it is', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 9, noNaN: true }), open.b2, (h, b2) => {
        const weightDecay = 0.1
        const reader = float64(scaleByIvon({ ess: 20, hessInit: h, b2, weightDecay }))
        const g = h / Math.sqrt(20 * (h + weightDecay))
        const [, next] = reader.update([g], reader.init([0]), [0], { noise: [1] })
        expect((next as State).hess[0]).toBeCloseTo(h, 10)
      }),
    )
  })

  test('without noise and with b2 = 1 it is SGD with debiased momentum and decay', () => {
    const [b1, weightDecay, lr] = [0.8, 0.05, 0.1]
    fc.assert(
      fc.property(fc.array(numbers, { minLength: 1, maxLength: 6 }), (gs) => {
        const reader = float64(ivon(lr, { ess: 7, hessInit: 0.4, b1, b2: 1, weightDecay }))
        let [params, state, w, m]: [unknown, unknown, number, number] = [[2], reader.init([2]), 2, 0]
        gs.forEach((g, i) => {
          const next = reader.step([g], state, params as number[], { noise: [0], nextNoise: [0] })
          params = next.params
          state = next.state
          m = b1 * m + (1 - b1) * g
          w -= lr * (m / (1 - b1 ** (i + 1)) + weightDecay * w)
        })
        expect((params as number[])[0]).toBeCloseTo(w, 9)
      }),
    )
  })

  test('several identical draws give what one gives', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 5 }), numbers, numbers, (k, z, x) => {
        const one = { ...common }
        const many = { ...common, mcSamples: k }
        const grad = (w: Row): number[] => w.map((y) => 3 * y + 1)
        const first = stepWith(one, grad, [[z]], [x], float64(ivon(0.1, one)).init([x]))
        const same = stepWith(many, grad, new Array(k).fill([z]), [x], float64(ivon(0.1, many)).init([x]))
        expect(distanceOf(same.params, first.params)).toBeLessThan(1e-9 * (1 + Math.abs(x)))
      }),
    )
  })

  test('on a quadratic, antithetic draws give the gradient at the mean and the true diagonal of the Hessian', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 8, noNaN: true }), numbers, (a, x) => {
        const options: IvonOptions = { ...common, mcSamples: 2, b1: 0, b2: 0 }
        const { state } = stepWith(
          options,
          (w) => w.map((y) => a * y),
          [[1], [-1]],
          [x],
          float64(ivon(0.1, options)).init([x]),
        )
        const { momentum, hess } = (state as readonly State[])[0] as State
        expect(momentum[0]).toBeCloseTo(a * x, 8)
        // b2 = 0: h' = f + ½·(h − f)² / (h + δ)
        expect(hess[0]).toBeCloseTo(a + (0.5 * (0.5 - a) ** 2) / 0.51, 8)
      }),
    )
  })

  test('no entry moves further than learningRate·(hessInit + weightDecay)·clipRadius', () => {
    fc.assert(
      fc.property(numbers, numbers, numbers, (z, g, x) => {
        const reader = float64(ivon(0.1, { ...common, clipRadius: 0.2 }))
        const [u] = reader.update([g], reader.init([x]), [x], { noise: [z] })
        expect(Math.abs((u as number[])[0]!)).toBeLessThanOrEqual(0.1 * 0.51 * 0.2 * (1 + 1e-12))
      }),
    )
  })

  test('an update without a draw is an error that says what to do', () => {
    const reader = float64(ivon(0.1, { ess: 10 }))
    expect(() => reader.update([1], reader.init([1]), [1])).toThrow(
      'extra.noise: expected a tree shaped like params, got nothing. An update of IVON needs the draw',
    )
    const several = float64(ivon(0.1, { ess: 10, mcSamples: 3 }))
    expect(() => several.update([1], several.init([1]), [1])).toThrow(
      'extra.products: expected a tree shaped like params',
    )
    expect(() => reader.step([1], reader.init([1]), [1], { noise: [1] })).toThrow(
      'The mark of IVON needs the next draw',
    )
  })

  test('a forecast beside it is an error: there is one evaluation point', () => {
    expect(() => chain(ivon(0.1, { ess: 10 }), predictAhead())).toThrow('expected one mark in a chain')
    expect(() => chain(predictAhead(), ivon(0.1, { ess: 10 }))).toThrow('expected one mark in a chain')
  })

  test('bad options are told all at once', () => {
    expect(() => ivon(0.1, {} as never)).toThrow('ess: expected a value, got nothing')
    expect(() => ivon(0.1, { ess: -1, b1: 1, clipRadius: 0 })).toThrow(/ess[\s\S]*b1[\s\S]*clipRadius/)
    expect(() => scaleByIvon({ ess: 1, hessInit: 0, weightDecay: 0 })).toThrow('hessInit + weightDecay')
  })
})

describeEngines(testEngines, () => {
  const { a, b_per_step } = inputs.loss
  const lossOf = (w: Params, b: Row): tf.Scalar =>
    tf.mul(0.5, tf.sum(tf.mul([...a], tf.square(tf.sub(w as tf.Tensor, [...b])))))
  const loss = (w: Params): tf.Scalar => lossOf(w, b_per_step[1]!)
  const start = (): Params => tf.tensor1d([...inputs.params0])
  const numbersOf = async (x: Params): Promise<number[]> => [...(await (x as tf.Tensor).data())]

  describe('ivon', () => {
    test.each(runs)('gives the worked example %s within 3e-4', async (name, options) => {
      const trainer = withSampledGradient(lossOf, ivon(0.1, options), { key: seedKey(0) })
      let train = trainer.init(start())
      for (const [t, expected] of outputs[name]!.entries()) {
        const zs = drawsOf(options)[t]!.map((z) => tf.tensor1d([...z]))
        const tx = ivon(0.1, options)
        const grads = zs.map((z) => {
          const at = ivonSample(z, train.params, train.state) as tf.Tensor
          return tf.mul([...a], tf.sub(at, [...b_per_step[t]!]))
        })
        const extra =
          zs.length === 1
            ? { noise: zs[0] }
            : { products: tf.div(tf.addN(zs.map((z, k) => tf.mul(z, grads[k]!))), zs.length) }
        const [u, state] = tx.update(tf.div(tf.addN(grads), zs.length), train.state, train.params, extra)
        train = { ...train, params: tf.add(train.params as tf.Tensor, u as tf.Tensor), state }
        const relative = (x: readonly number[], y: Row): number =>
          Math.max(...y.map((value, i) => Math.abs(x[i]! - value) / Math.max(1, Math.abs(value))))
        expect(relative(await numbersOf(train.params), expected.params)).toBeLessThan(3e-4)
        expect(relative(await numbersOf(train.state[0].hess), expected.hess)).toBeLessThan(3e-4)
      }
    })
  })

  describe('withSampledGradient', () => {
    const run = async (options: IvonOptions, steps: number, donate = false): Promise<number[][]> => {
      const trainer = withSampledGradient(loss, ivon(0.1, options), { key: seedKey(11), donate })
      let train = trainer.init(start())
      for (let t = 0; t < steps; t++) {
        const { train: next, value } = trainer.step(train)
        if (!donate) dispose(train)
        dispose(value)
        train = next
      }
      const read = [train.params, train.state[0].hess, train.ahead, train.noise]
      const numbers = await Promise.all(read.map((x) => numbersOf(x)))
      dispose(train)
      return numbers
    }

    test.each([1, 3])(
      'is a function of its key: two runs agree bit for bit, donated or not (%i samples a step)',
      async (mcSamples) => {
        const options = { ...common, mcSamples }
        const first = await run(options, 4)
        expect(await run(options, 4)).toEqual(first)
        expect(await run(options, 4, true)).toEqual(first)
      },
    )

    test.each([1, 2])(
      'a run cut and resumed from plain data equals the uncut one (%i samples a step)',
      async (mcSamples) => {
        const trainer = () => withSampledGradient(loss, ivon(0.1, { ...common, mcSamples }), { key: seedKey(3) })
        const begun = trainer().step(trainer().init(start())).train
        const uncut = trainer().step(begun).train
        const resumed: typeof begun = fromData(await toDataAsync(begun))
        expect(await toDataAsync(trainer().step(resumed).train)).toEqual(await toDataAsync(uncut))
      },
    )

    test('takes the gradient where ivonSample draws', async () => {
      const trainer = withSampledGradient(loss, ivon(0.1, common), { key: seedKey(3) })
      let train = trainer.init(start())
      for (let t = 0; t < 3; t++) {
        const drawn = ivonSample(normalTree(seedKey(3), train.params, t), train.params, train.state)
        expect(distanceOf(await numbersOf(train.ahead), await numbersOf(drawn))).toBeLessThan(1e-6)
        train = trainer.step(train).train
      }
    })

    test.each([1, 2])('holds as many tensors after step 20 as after step 2 (%i samples a step)', (mcSamples) => {
      const trainer = withSampledGradient(loss, ivon(0.1, { ...common, mcSamples }), { key: seedKey(3), donate: true })
      let train = trainer.init(start())
      const counts: number[] = []
      for (let t = 0; t < 20; t++) {
        const { train: next, value } = trainer.step(train)
        value.dispose()
        train = next
        counts.push(tf.memory().numTensors)
      }
      expect(counts.at(-1)).toBe(counts[1])
      dispose(train)
    })

    test('leaves that a mask keeps from IVON are not moved by the draw', async () => {
      const tx = masked(ivon(0.1, common), { w: true, b: false } as never)
      const both = (params: Params): tf.Scalar => {
        const { w, b } = params as unknown as { w: tf.Tensor; b: tf.Tensor }
        return tf.add(tf.sum(tf.square(w)), tf.sum(tf.square(b)))
      }
      const trainer = withSampledGradient(both, tx, { key: seedKey(3) })
      const train = trainer.init({ w: tf.tensor1d([1, 2]), b: tf.tensor1d([3]) } as Params)
      const { w, b } = train.ahead as unknown as { w: tf.Tensor; b: tf.Tensor }
      expect(await numbersOf(b)).toEqual([3])
      expect(await numbersOf(w)).not.toEqual([1, 2])
      expect(trainer.step(train).train.draws).toBe(2)
    })

    test('without IVON in the chain, or with another driver, says which to take', () => {
      expect(() => withSampledGradient(loss, sgd(0.1), { key: seedKey(0) })).toThrow('expected IVON in the chain')
      expect(() => withSampledGradient(loss, sgd(0.1, { predictSteps: 1 }), { key: seedKey(0) }).init(start())).toThrow(
        'expected a state with that of scaleByIvon in it',
      )
      expect(() => withGradient(loss, ivon(0.1, common))).toThrow('withSampledGradient for IVON')
      const trainer = withLookaheadGradient(loss, ivon(0.1, common))
      const train = trainer.init(start())
      expect(() => trainer.step(train)).toThrow('train with withSampledGradient')
      expect(() => withSampledGradient(loss, ivon(0.1, common), { key: 3 as never })).toThrow('expected a key')
    })
  })

  describe('ivonPredict', () => {
    test('averages the softmax over draws, the same ones for the same key', async () => {
      const tx = ivon(0.1, common)
      const params = start()
      const state = tx.init(params)
      const logits = (w: Params): tf.Tensor2D => tf.reshape(w as tf.Tensor, [1, 3])
      const key = foldIn(seedKey(5), 1)
      const made = ivonPredict(logits, params, state, { key, draws: 4 })
      const each = [0, 1, 2, 3].map((k) => tf.softmax(logits(ivonSample(normalTree(key, params, k), params, state))))
      expect(distanceOf(await numbersOf(made), await numbersOf(tf.div(tf.addN(each), 4)))).toBeLessThan(1e-6)
      expect((await numbersOf(made)).reduce((sum, x) => sum + x, 0)).toBeCloseTo(1, 5)
    })
  })
})
