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
