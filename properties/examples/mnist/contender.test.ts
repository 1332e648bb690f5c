import '@tensorflow/tfjs-backend-cpu'
import '@tensorflow/tfjs-backend-wasm'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Contender, contender, type Training } from '../../../examples/mnist/contender.ts'
import type { Batch } from '../../../examples/mnist/digits.ts'
import { optimizers } from '../../../examples/mnist/optimizers.ts'
import { type MlpParams, mlp } from '../../../examples/models/mlp.ts'
import { normals, seedKey } from '../../../examples/models/random.ts'
import '../../../lib/gradients.ts'
import {
  dispose,
  type GradientTransformation,
  type LookaheadState,
  type TrainState,
  treeLeaves,
  withGradient,
  withLookaheadGradient,
} from '../../../lib/index.ts'

const rows = ['cpu', 'wasm'].flatMap((backend) =>
  Object.entries(optimizers).map(([name, choice]) => ({ backend, name, ...choice })),
)

describe.each(rows)('a contender with $name on $backend', ({ backend, learningRate, make }) => {
  beforeAll(async () => {
    expect(await tf.setBackend(backend)).toBe(true)
  })

  const plain = () => contender('plain', model, stepping(make(learningRate, 0), true), 3)
  const ahead = (steps: number) => contender('ahead', model, looking(make(learningRate, steps)), 3)

  test('starts from the same weights with a forecast as without, and then goes its own way', () => {
    const [one, other, data] = [plain(), ahead(2), batch()]
    expect(weights(one)).toEqual(weights(other))
    const losses = [1, 2, 3].map(() => [one, other].map((who) => number(who.step(data))))
    expect(losses[0]![0]).toBe(losses[0]![1])
    expect(losses[2]![0]).not.toBe(losses[2]![1])
    free(one, other, data)
  })

  test('learns', () => {
    for (const who of [plain(), ahead(1)]) {
      const data = batch()
      const losses = Array.from({ length: 60 }, () => number(who.step(data)))
      expect(losses.at(-1)!).toBeLessThan(losses[0]! * 0.8)
      free(who, data)
    }
  })

  test('learns the same whether its weights are written in place or anew', () => {
    const [inPlace, anew, data] = [
      plain(),
      contender('anew', model, stepping(make(learningRate, 0), false), 3),
      batch(),
    ]
    for (let step = 0; step < 5; step++) expect(number(inPlace.step(data))).toBe(number(anew.step(data)))
    free(inPlace, data)
  })

  test('goes the same way in whole steps as in halves', () => {
    for (const make of [plain, () => ahead(2)]) {
      const [whole, halved, data] = [make(), make(), batch()]
      for (let step = 0; step < 4; step++) {
        const { value, grads } = halved.gradient(data)
        halved.passOn(grads)
        halved.update(grads)
        dispose(grads)
        expect(number(value)).toBe(number(whole.step(data)))
      }
      expect(weights(halved)).toEqual(weights(whole))
      free(whole, halved, data)
    }
  })

  test('holds as many tensors after step 100 as after step 1, and none when it has left', () => {
    const before = tf.memory().numTensors
    for (const who of [plain(), ahead(1)]) {
      const data = batch()
      who.step(data).dispose()
      const after = tf.memory().numTensors
      for (let step = 2; step <= 100; step++) who.step(data).dispose()
      expect(tf.memory().numTensors).toBe(after)
      free(who, data)
    }
    expect(tf.memory().numTensors).toBe(before)
  })
})

const model = mlp({ widths: [6, 5, 3] })

const stepping =
  (tx: GradientTransformation, donate: boolean): Training<TrainState<MlpParams, unknown>, MlpParams> =>
  (loss) =>
    withGradient(loss, tx, { donate })

const looking =
  (tx: GradientTransformation): Training<LookaheadState<MlpParams, unknown>, MlpParams> =>
  (loss) =>
    withLookaheadGradient(loss, tx, { donate: true })

const batch = (): Batch => ({
  images: tf.tensor2d(normals(seedKey(1), 24), [4, 6]),
  labels: tf.tensor1d([0, 1, 2, 1], 'int32'),
})

type Who = Contender<MlpParams>

const weights = (who: Who) => treeLeaves<tf.Tensor>(who.params()).map((leaf) => [...leaf.dataSync()])

const number = (value: tf.Scalar): number => {
  const [read] = value.dataSync()
  value.dispose()
  return read!
}

const free = (...held: readonly (Who | Batch)[]): void => {
  for (const one of held) {
    if ('leave' in one) one.leave()
    else tf.dispose([one.images, one.labels])
  }
}
