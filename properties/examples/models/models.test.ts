import '@tensorflow/tfjs-backend-cpu'
import '@tensorflow/tfjs-backend-wasm'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cnn } from '../../../examples/models/cnn.ts'
import { lstm } from '../../../examples/models/lstm.ts'
import { mlp } from '../../../examples/models/mlp.ts'
import type { Model } from '../../../examples/models/model.ts'
import { normals, seedKey, uniforms } from '../../../examples/models/random.ts'
import { transformer } from '../../../examples/models/transformer.ts'
import { type Tree, treeLeaves, treePaths, treeWithLeaves } from '../../../lib/data/tree.ts'
import '../../../lib/gradients.ts'
import { adamw, dispose, releaseBackend, useBackend, withLookaheadGradient } from '../../../lib/index.ts'
import { describeEngines, testEngines } from '../../devices/engines.ts'

type Params = Tree<tf.Tensor>

interface Row {
  readonly name: string
  readonly model: Model<Params>
  readonly inputs: () => tf.Tensor
  readonly targets: () => tf.Tensor
  /** A rate at which plain gradient descent learns the batch by heart in a few steps. */
  readonly rate: number
}

/** A model of its own parameters, seen as a model of any: the laws below only hand back what `init` gave. */
const row = <P extends Params>(name: string, model: Model<P>, rest: Omit<Row, 'name' | 'model'>): Row => ({
  name,
  model: model as unknown as Model<Params>,
  ...rest,
})

/** Stripes, closer or wider by class, under a little noise. */
const images = (side: number) => ({
  inputs: () => {
    const noise = uniforms(seedKey(1), labels.length * side ** 2)
    const ink = noise.map(
      (value, i) => value / 4 + ((i % side) % (labels[Math.floor(i / side ** 2)]! + 1) === 0 ? 1 : 0),
    )
    return tf.tensor(Float32Array.from(ink), [labels.length, side ** 2])
  },
  targets: () => tf.tensor1d(labels, 'int32'),
})

const labels = [0, 1, 2, 3, 1, 0]

const text = (vocabulary: number) => {
  const tokens = (from: number) =>
    tf.tensor2d(
      Array.from({ length: 10 }, (_, i) => ((i + from) * 3) % vocabulary),
      [2, 5],
      'int32',
    )
  return { inputs: () => tokens(0), targets: () => tokens(1) }
}

const rows: readonly Row[] = [
  row('mlp', mlp({ widths: [16, 8, 4] }), { ...images(4), rate: 0.2 }),
  row('cnn', cnn({ side: 8, channels: [4, 4], classes: 4 }), { ...images(8), rate: 0.05 }),
  row('lstm', lstm({ vocabulary: 7, width: 4, hidden: 5 }), { ...text(7), rate: 3 }),
  row('transformer', transformer({ vocabulary: 7, context: 6, width: 8, heads: 2, depth: 2 }), {
    ...text(7),
    rate: 0.2,
  }),
]

describe.each(['cpu', 'wasm'])('on %s', (backend) => {
  beforeAll(async () => {
    expect(await tf.setBackend(backend)).toBe(true)
    tf.engine().startScope()
  })
  afterAll(() => tf.engine().endScope())

  test.each(rows)('$name starts from the same weights for the same seed and from others for another', ({ model }) => {
    const start = (seed: number) => treeLeaves(model.init(seed)).map((leaf) => [...leaf.dataSync()])
    expect(start(3)).toEqual(start(3))
    expect(start(3)).not.toEqual(start(4))
  })

  test.each(rows)('$name scores every target and starts near the loss of a guess', ({ model, inputs, targets }) => {
    const params = model.init(0)
    const logits = model.logits(params, inputs())
    expect(logits.shape[0]).toBe(targets().size)
    const loss = model.loss(params, inputs(), targets()).dataSync()[0]!
    expect(Math.abs(loss - Math.log(logits.shape[1]))).toBeLessThan(1)
  })

  test.each(rows)(
    'the gradient of $name agrees with finite differences in every leaf',
    ({ model, inputs, targets }) => {
      const [x, y] = [inputs(), targets()]
      const params = moved(model.init(0))
      const { grads } = gradient(model, params, x, y)
      treePaths(params).forEach((path, leaf) => {
        const direction = slope(grads[leaf]!, leaf)
        const along = (h: number) => model.loss(shifted(params, leaf, direction, h), x, y).dataSync()[0]!
        const expected = tf.sum(tf.mul(grads[leaf]!, direction)).dataSync()[0]!
        const measured = (along(step) - along(-step)) / (2 * step)
        // A loss between 2 and 4 is rounded to 2.4e-7: a difference of two moves by that, or by twice as much.
        const rounding = 4.8e-7 / (2 * step)
        expect(
          Math.abs(measured - expected),
          `${path}: ${measured} by differences, ${expected} by gradient`,
        ).toBeLessThan(0.02 * Math.abs(expected) + rounding)
      })
    },
  )

  test.each(rows)('thirty plain gradient steps halve the loss of $name', ({ model, inputs, targets, rate }) => {
    const [x, y] = [inputs(), targets()]
    let params = model.init(0)
    const losses = Array.from({ length: 30 }, () => {
      const { value, grads } = gradient(model, params, x, y)
      params = treeWithLeaves(
        params,
        treeLeaves(params).map((p, i) => tf.sub(p, tf.mul(grads[i]!, rate))),
      )
      return value
    })
    expect(losses.at(-1)!).toBeLessThan(losses[0]! / 2)
  })
})

describe('a language model', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu')
  })

  test.each(rows.filter(({ name }) => name === 'lstm' || name === 'transformer'))(
    '$name never looks at a later token',
    ({ model }) => {
      tf.tidy(() => {
        const params = moved(model.init(0))
        const scores = (last: number) => [
          ...model.logits(params, tf.tensor2d([[1, 2, 3, last]], [1, 4], 'int32')).dataSync(),
        ]
        const [one, other] = [scores(4), scores(6)]
        expect(one.slice(0, 3 * 7)).toEqual(other.slice(0, 3 * 7))
        expect(one.slice(3 * 7)).not.toEqual(other.slice(3 * 7))
      })
    },
  )
})

/** The losses of a training by AdamW, the gradient taken one step ahead. The count of tensors must not grow. */
const lossesOf = async ({ model, inputs, targets }: Row): Promise<readonly number[]> => {
  const [x, y] = [inputs(), targets()]
  const params = tf.tidy(() => model.init(0) as tf.TensorContainer) as Params
  const trainer = withLookaheadGradient(model.loss, adamw(0.03, { weightDecay: 0.01, predictSteps: 1 }), {
    donate: true,
  })
  let train = trainer.init(params)
  const losses: number[] = []
  let tensors = 0
  for (let t = 0; t < 12; t++) {
    const { train: next, value } = trainer.step(train, x, y)
    losses.push((await value.data())[0]!)
    value.dispose()
    train = next
    tensors ||= tf.memory().numTensors
    expect(tf.memory().numTensors, `tensors after step ${t + 1}`).toBe(tensors)
  }
  dispose([train, x, y])
  return losses
}

describe('trained with a forecast', () => {
  const onCpu = new Map<string, readonly number[]>()
  beforeAll(async () => {
    await useBackend({ prefer: ['cpu'] })
    for (const each of rows) onCpu.set(each.name, await lossesOf(each))
    await releaseBackend()
  })

  describeEngines(
    testEngines.filter(({ name }) => name !== 'tensors'),
    () => {
      test.each(rows)(
        '$name learns, and loses step by step what it loses on cpu',
        async (each) => {
          const losses = await lossesOf(each)
          const expected = onCpu.get(each.name)!
          expect(expected.at(-1)!).toBeLessThan(0.8 * expected[0]!)
          losses.forEach((loss, t) => {
            expect(Math.abs(loss - expected[t]!), `step ${t + 1}: ${loss}, ${expected[t]} on cpu`).toBeLessThan(2e-3)
          })
        },
        240_000,
      )
    },
  )
})

const step = 2e-3

const gradient = (model: Model<Params>, params: Params, x: tf.Tensor, y: tf.Tensor) => {
  const leaves = treeLeaves(params)
  const loss = (...given: tf.Tensor[]) => model.loss(treeWithLeaves(params, given), x, y)
  const { value, grads } = tf.valueAndGrads(loss)(leaves)
  return { value: value.dataSync()[0]!, grads }
}

/** Away from the zeros that a model starts with: at a zero weight a gradient may vanish that is wrong elsewhere. */
const moved = (params: Params): Params =>
  treeWithLeaves(
    params,
    treeLeaves(params).map((leaf, i) => tf.add(leaf, noise(leaf, i))),
  )

const noise = (leaf: tf.Tensor, i: number): tf.Tensor =>
  tf.tensor(normals(seedKey(100 + i), leaf.size, 0.1), leaf.shape)

/** A direction of length one, half along the gradient and half at random: a derivative that is neither small nor blind. */
const slope = (grad: tf.Tensor, i: number): tf.Tensor => {
  const unit = (x: tf.Tensor) => tf.div(x, tf.add(tf.norm(x), 1e-12))
  return unit(tf.add(unit(grad), unit(noise(grad, i))))
}

const shifted = (params: Params, leaf: number, direction: tf.Tensor, h: number): Params =>
  treeWithLeaves(
    params,
    treeLeaves(params).map((p, i) => (i === leaf ? tf.add(p, tf.mul(direction, h)) : p)),
  )
