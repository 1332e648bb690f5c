import '../../../../../lib/gradients.ts'
import * as tf from '@tensorflow/tfjs-core'
import * as layers from '@tensorflow/tfjs-layers'
import { expect, test } from 'vitest'
import * as f from '../../../../../lib/index.ts'
import { toOptimizer } from '../../../../../lib/layers.ts'
import { describeEngines, testEngines } from '../../../../devices/engines.ts'

const batch = () => ({
  x: tf.tensor2d(
    Float32Array.from({ length: 24 }, (_, i) => Math.sin(3 * i)),
    [8, 3],
  ),
  y: tf.tensor2d(
    Float32Array.from({ length: 8 }, (_, i) => Math.cos(i)),
    [8, 1],
  ),
})

/** Two dense layers, always with the same weights. */
const network = (): layers.LayersModel => {
  const init = (seed: number) => layers.initializers.glorotNormal({ seed })
  return layers.sequential({
    layers: [
      layers.layers.dense({ units: 4, inputShape: [3], activation: 'tanh', kernelInitializer: init(1) }),
      layers.layers.dense({ units: 1, kernelInitializer: init(2) }),
    ],
  })
}

const weightsOf = async (model: layers.LayersModel): Promise<number[][]> =>
  Promise.all(model.getWeights().map(async (x) => [...(await x.data())]))

/** The model's weights after so many whole batches. */
const train = async (model: layers.LayersModel, epochs: number): Promise<number[][]> => {
  const { x, y } = batch()
  await model.fit(x, y, { epochs, batchSize: 8, shuffle: false, verbose: 0 })
  tf.dispose([x, y])
  return weightsOf(model)
}

/** The same training by our own loop. */
const byHand = async (tx: f.GradientTransformation, steps: number): Promise<number[][]> => {
  const model = network()
  const { x, y } = batch()
  type Net = readonly tf.Tensor[]
  const loss = ([w1, b1, w2, b2]: Net): tf.Scalar => {
    const hidden = tf.tanh(tf.add(tf.matMul(x, w1 as tf.Tensor2D), b1 as tf.Tensor))
    const made = tf.add(tf.matMul(hidden, w2 as tf.Tensor2D), b2 as tf.Tensor)
    return tf.mean(tf.square(tf.sub(y, made))) as tf.Scalar
  }
  const trainer = f.trainer(loss, tx)
  let state = trainer.init(model.getWeights().map((w) => tf.clone(w)) as Net)
  for (let i = 0; i < steps; i++) state = trainer.step(state).train
  return Promise.all(state.params.map(async (w) => [...(await w.data())]))
}

const rows: readonly (readonly [string, () => f.GradientTransformation])[] = [
  ['adamw', () => f.adamw(0.05)],
  [
    'clip, a schedule and momentum',
    () =>
      f.chain(
        f.clipByGlobalNorm(0.5),
        f.sgd(f.linearSchedule({ initValue: 0.1, endValue: 0.01, transitionSteps: 10 }), { momentum: 0.9 }),
      ),
  ],
  ['adamw that looks ahead', () => f.adamw(0.05, { predictSteps: 2 })],
]

const seeded = (seed: number) => layers.initializers.glorotNormal({ seed })

/** Models of layers whose variables are not only kernels and biases. */
const networks = {
  'batch norm': {
    make: () =>
      layers.sequential({
        layers: [
          layers.layers.dense({ units: 4, inputShape: [3], kernelInitializer: seeded(1) }),
          layers.layers.batchNormalization({ momentum: 0.5 }),
          layers.layers.dense({ units: 1, kernelInitializer: seeded(2) }),
        ],
      }),
    x: () => batch().x,
    y: () => batch().y,
    // A bias before the norm has a gradient of rounding errors, which Adam would make large.
    pair: () => [toOptimizer(f.sgd(0.05, { momentum: 0.9 })), tf.train.momentum(0.05, 0.9)] as const,
  },
  embeddings: {
    make: () =>
      layers.sequential({
        layers: [
          layers.layers.embedding({ inputDim: 10, outputDim: 4, inputLength: 3, embeddingsInitializer: seeded(1) }),
          layers.layers.flatten(),
          layers.layers.dense({ units: 1, kernelInitializer: seeded(2) }),
        ],
      }),
    // Twice in a batch, once, and never: a gradient of sums, of one, and of zeros.
    x: () =>
      tf.tensor2d(
        Int32Array.from({ length: 24 }, (_, i) => (i * i) % 8),
        [8, 3],
        'int32',
      ),
    y: () => batch().y,
    pair: () => [toOptimizer(f.adam(0.02, { eps: 1e-7 })), tf.train.adam(0.02)] as const,
  },
}

/** What `minimize` is asked to do. */
const minimized: readonly (readonly [string, () => f.GradientTransformation])[] = [
  ['adam', () => f.adam(0.05)],
  ['adamw that looks two steps ahead', () => f.adamw(0.05, { predictSteps: 2 })],
  ['clipping', () => f.chain(f.clipByGlobalNorm(0.5), f.sgd(0.1, { momentum: 0.9 }))],
  ['a schedule', () => f.adam(f.cosineDecaySchedule({ initValue: 0.1, decaySteps: 10 }))],
  [
    'a mask by weight name',
    () => {
      const isA = (params: f.Params) => f.treeMap(params, (_, [name]) => name === 'minimized/a')
      return f.chain(f.masked(f.trace({ decay: 0.9 }), isA), f.scale(-0.02))
    },
  ],
]

describeEngines(
  testEngines.filter(({ name }) => name !== 'webgpu'),
  () => {
    test.each(rows)('%s trains a layers model as our own loop does', async (_, make) => {
      const model = network()
      model.compile({ optimizer: toOptimizer(make()), loss: 'meanSquaredError' })
      const made = await train(model, 5)
      const wanted = await byHand(make(), 5)
      made.flat().forEach((x, i) => {
        expect(Math.abs(x - (wanted.flat()[i] as number))).toBeLessThan(2e-6)
      })
    })

    test('tensors are flat over epochs, and dispose gives the state back', async () => {
      const model = network()
      const optimizer = toOptimizer(f.adamw(0.05, { predictSteps: 1 }))
      model.compile({ optimizer, loss: 'meanSquaredError' })
      const start = tf.memory().numTensors
      await train(model, 1)
      const before = tf.memory().numTensors
      await train(model, 20)
      expect(tf.memory().numTensors).toBe(before)
      optimizer.dispose()
      expect(tf.memory().numTensors).toBe(start)
    })

    test('a model that is saved with its optimizer goes on bit for bit, beside itself and under its own names', async () => {
      const model = network()
      model.compile({ optimizer: toOptimizer(f.adamw(0.05, { predictSteps: 2 })), loss: 'meanSquaredError' })
      await train(model, 3)
      let artifacts: tf.io.ModelArtifacts | undefined
      await model.save(
        {
          save: async (given) => {
            artifacts = given
            return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } }
          },
        },
        { includeOptimizer: true },
      )
      const loaded = await layers.loadLayersModel({ load: async () => artifacts as tf.io.ModelArtifacts })
      const wanted = await train(model, 3)
      expect(await train(loaded, 3)).toEqual(wanted)
    })

    test('masks go by the names of variables, and a frozen layer stays', async () => {
      const model = network()
      const names = model.trainableWeights.map(({ name }) => name)
      const first = names[0]?.split('/')[0] as string
      const isFirst = (params: f.Params) => f.treeMap(params, (_, path) => String(path[0]).startsWith(first))
      const before = await weightsOf(model)
      model.compile({ optimizer: toOptimizer(f.chain(f.adam(0.05), f.freeze(isFirst))), loss: 'meanSquaredError' })
      const after = await train(model, 2)
      expect(after.slice(0, 2)).toEqual(before.slice(0, 2))
      expect(after[2]).not.toEqual(before[2])
    })

    test('tells its rate and what it recorded in callbacks of fit, and takes a rate from there', async () => {
      const tx = f.chain(
        f.record('norm', ({ g }) => f.expr.normTree(g)),
        f.adamw(f.signal('lr')),
      )
      const optimizer = toOptimizer(tx)
      expect(optimizer.state).toBeUndefined()
      const model = network()
      model.compile({ optimizer, loss: 'meanSquaredError' })
      const { x, y } = batch()
      optimizer.extra = { lr: 0.05 }
      const seen: Record<string, number>[] = []
      let before = await weightsOf(model)
      const onEpochEnd = async (epoch: number) => {
        if (!optimizer.state) throw new Error('no state')
        seen.push({ ...f.hyperparams(tx, optimizer.state), ...(await f.metrics(optimizer.state)) })
        const after = await weightsOf(model)
        expect(before.flat().some((w, i) => w !== after.flat()[i])).toBe(epoch < 2)
        before = after
        if (epoch === 1) optimizer.extra = { lr: 0 }
      }
      await model.fit(x, y, { epochs: 3, batchSize: 8, shuffle: false, verbose: 0, callbacks: { onEpochEnd } })
      expect(seen.map(({ b1, norm }) => [b1, (norm as number) > 0])).toEqual(Array(3).fill([0.9, true]))
      optimizer.extra = {}
      await expect(model.fit(x, y, { verbose: 0 })).rejects.toThrow('lr')
      optimizer.extra = 3 as never
      await expect(model.fit(x, y, { verbose: 0 })).rejects.toThrow('toOptimizer: extra: expected a record')
      tf.dispose([x, y])
      optimizer.dispose()
    })

    test('minimize lowers a loss of variables, one of which it does not use', async () => {
      const [a, b] = [
        tf.variable(tf.scalar(3), true, 'toOptimizer/a'),
        tf.variable(tf.scalar(5), true, 'toOptimizer/b'),
      ]
      const optimizer = toOptimizer(f.sgd(0.1))
      const cost = optimizer.minimize(() => tf.square(a), true, [a, b])
      expect((await cost?.data())?.[0]).toBe(9)
      expect((await a.data())[0]).toBeCloseTo(2.4, 6)
      expect((await b.data())[0]).toBe(5)
      tf.dispose([a, b])
      optimizer.dispose()
    })

    test.each(Object.keys(networks))(
      'a model with %s trains as by tfjs’s own optimizer, is flat, and goes on bit for bit when loaded',
      async (name) => {
        const { make, x, y, pair } = networks[name as keyof typeof networks]
        const [inputs, answers] = [x(), y()]
        const fitted = async (model: layers.LayersModel, epochs: number) => {
          await model.fit(inputs, answers, { epochs, batchSize: 8, shuffle: false, verbose: 0 })
          return weightsOf(model)
        }
        const compiled = (optimizer: tf.Optimizer) => {
          const model = make()
          model.compile({ optimizer, loss: 'meanSquaredError' })
          return model
        }
        const optimizers = pair()
        const [ours, theirs] = [compiled(optimizers[0]), compiled(optimizers[1])]
        const before = (await weightsOf(ours)).flat()
        const [found, wanted] = [(await fitted(ours, 4)).flat(), (await fitted(theirs, 4)).flat()]
        found.forEach((w, i) => {
          expect(Math.abs(w - (wanted[i] as number))).toBeLessThan(2e-4)
        })
        expect(found.filter((w, i) => w !== before[i]).length).toBeGreaterThan(8)
        let artifacts: tf.io.ModelArtifacts | undefined
        const keep = async (given: tf.io.ModelArtifacts): Promise<tf.io.SaveResult> => {
          artifacts = given
          return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } }
        }
        const saved = async (model: layers.LayersModel) => {
          await model.save({ save: keep }, { includeOptimizer: true })
          return { load: async () => artifacts as tf.io.ModelArtifacts }
        }
        const loaded = await layers.loadLayersModel(await saved(ours))
        const count = tf.memory().numTensors
        await saved(ours)
        expect(tf.memory().numTensors).toBe(count)
        const again = await layers.loadLayersModel(await saved(loaded))
        const onward = await fitted(ours, 2)
        expect(await fitted(loaded, 2)).toEqual(onward)
        expect(await fitted(again, 2)).toEqual(onward)
        const trained = tf.memory().numTensors
        await fitted(ours, 5)
        expect(tf.memory().numTensors).toBe(trained)
        tf.dispose([inputs, answers])
      },
    )

    test.each(minimized)(
      'minimize by %s goes as our own loop, also from weights that were set, is flat, and is disposed',
      async (_, make) => {
        const start = tf.memory().numTensors
        const a = tf.tidy(() => tf.variable(tf.tensor1d([1, -2, 0.5]), true, 'minimized/a'))
        const b = tf.tidy(() => tf.variable(tf.scalar(3), true, 'minimized/b'))
        const lossOf = (x: tf.Tensor, y: tf.Tensor): tf.Scalar =>
          tf.tidy(() => tf.add(tf.sum(tf.square(tf.mul(x, [1, 2, 3]))), tf.square(tf.sub(y, tf.sum(x)))))
        const steps = (optimizer: tf.Optimizer, count: number): void => {
          for (let i = 0; i < count; i++) optimizer.minimize(() => lossOf(a, b), false, [a, b])
        }
        const now = async () => [...(await a.data()), ...(await b.data())]
        const first = toOptimizer(make())
        steps(first, 3)
        const flat = tf.memory().numTensors
        steps(first, 5)
        expect(tf.memory().numTensors).toBe(flat)
        const [place, weights] = [
          [tf.clone(a as tf.Tensor1D), tf.clone(b as tf.Scalar)] as const,
          await first.getWeights(),
        ]
        steps(first, 4)
        const made = await now()
        a.assign(place[0])
        b.assign(place[1])
        const second = toOptimizer(make())
        await second.setWeights(weights)
        steps(second, 4)
        expect(await now()).toEqual(made)
        first.dispose()
        second.dispose()
        tf.dispose([a, b, ...place, ...weights.map(({ tensor }) => tensor)])
        expect(tf.memory().numTensors).toBe(start)

        const params = { 'minimized/a': tf.tensor1d([1, -2, 0.5]), 'minimized/b': tf.scalar(3) }
        const trainer = f.trainer((p: typeof params) => lossOf(p['minimized/a'], p['minimized/b']), make())
        let train = trainer.init(params)
        for (let i = 0; i < 12; i++) train = trainer.step(train).train
        const wanted = (await Promise.all(Object.values(train.params).map((x) => x.data()))).flatMap((x) => [...x])
        made.forEach((x, i) => {
          expect(Math.abs(x - (wanted[i] as number))).toBeLessThan(2e-6)
        })
      },
    )

    test('what is no transformation, other variables and the weights of another optimizer are refused by name', async () => {
      expect(() => toOptimizer(1 as never)).toThrow('toOptimizer: expected a transformation')
      const [a, b] = [tf.variable(tf.scalar(3), true, 'refused/a'), tf.variable(tf.scalar(5), true, 'refused/b')]
      const optimizer = toOptimizer(f.sgd(0.1))
      optimizer.applyGradients({ [a.name]: tf.scalar(1) })
      expect(() => optimizer.applyGradients({ [b.name]: tf.scalar(1) })).toThrow(
        'refused/b: expected a variable of the first step',
      )
      const weights = await optimizer.getWeights()
      const other = toOptimizer(f.adam(0.1))
      await other.setWeights(weights)
      expect(() => other.applyGradients({ [a.name]: tf.scalar(1) })).toThrow("state[0].mu['refused/a']")
      const strange = toOptimizer(f.sgd(0.1))
      await strange.setWeights(weights)
      expect(() => strange.applyGradients({ [b.name]: tf.scalar(1) })).toThrow(
        'refused/b: expected its weights, got those of refused/a',
      )
      tf.dispose([a, b])
      const fromConfig = (optimizer.constructor as unknown as { fromConfig(cls: unknown, config: object): unknown })
        .fromConfig
      expect(() => fromConfig(optimizer.constructor, { rule: 'another' })).toThrow('Call toOptimizer')
    })
  },
)
