import * as tf from '@tensorflow/tfjs-core'
import '../../../lib/gradients.ts'
import { expect, it } from 'vitest'
import {
  adamw,
  dispose,
  gradientRescale,
  ivon,
  marsAdamw,
  type Params,
  seedKey,
  sgd,
  type Trainer,
  type TrainState,
  treeLeaves,
  valueAndGrad,
  withGradient,
  withLookaheadGradient,
  withPairedGradient,
  withSampledGradient,
} from '../../../lib/index.ts'
import { describeEngines, testEngines } from '../../devices/engines.ts'

/** Trees in which one tensor may stand at several places. */
const trees: Readonly<Record<string, (z: () => tf.Tensor) => Params>> = {
  'two places of a record': (z) => ({ a: z(), b: z() }),
  'three places of a list': (z) => [z(), z(), z()],
  'places at several depths': (z) => ({ a: z(), layers: [{ w: z(), b: z() }, [z()]], other: tf.ones([2]) }),
}

/** Half of all squared distances from a number of each place, which is its derivative at 0, too: −1, −2, −3 … */
const loss = (params: Params): tf.Scalar =>
  tf.mul(0.5, tf.addN(treeLeaves<tf.Tensor>(params).map((w, i) => tf.sum(tf.square(tf.sub(w, i + 1)))))) as tf.Scalar

type AnyTrainer = Trainer<TrainState<Params, unknown>, Params, []>

/** Every driver, with an optimizer of its kind. */
const drivers: Readonly<Record<string, (donate: boolean) => AnyTrainer>> = {
  withGradient: (donate) => withGradient(loss, sgd(0.1, { momentum: 0.9 }), { donate }),
  withLookaheadGradient: (donate) => withLookaheadGradient(loss, adamw(0.1, { predictSteps: 2 }), { donate }),
  withPairedGradient: (donate) =>
    withPairedGradient(loss, marsAdamw(0.1, { mode: 'exact' }), { donate }) as unknown as AnyTrainer,
  withSampledGradient: (donate) =>
    withSampledGradient(loss, ivon(1, { ess: 100 }), { donate, key: seedKey(1) }) as unknown as AnyTrainer,
  'withSampledGradient of several draws': (donate) =>
    withSampledGradient(loss, ivon(1, { ess: 100, mcSamples: 2 }), {
      donate,
      key: seedKey(1),
    }) as unknown as AnyTrainer,
}

const numbersOf = async (tree: unknown): Promise<number[][]> =>
  Promise.all(treeLeaves<tf.Tensor>(tree as Params).map(async (leaf) => [...(await leaf.data())]))

/** The parameters after three steps. */
const trained = async (trainer: AnyTrainer, params: Params): Promise<number[][]> => {
  let train = trainer.init(params)
  for (let i = 0; i < 3; i++) {
    const { train: next, value } = trainer.step(train)
    value.dispose()
    train = next
  }
  const numbers = await numbersOf(train.params)
  dispose([train, params])
  return numbers
}

/** Every tree, small and large. */
const cases = Object.entries(trees).flatMap(([name, tree]) => [3, 5000].map((size) => ({ name, tree, size })))

describeEngines(testEngines, () => {
  for (const { name, tree, size } of cases) {
    it(`one tensor of ${size} at ${name} has the derivative of each place there`, async () => {
      const z = tf.zeros([size])
      const params = tree(() => z)
      const before = tf.memory().numTensors
      const { value, grads } = valueAndGrad(loss)(params)
      const leaves = treeLeaves<tf.Tensor>(params)
      ;(await numbersOf(grads)).forEach((slopes, i) => {
        expect(new Set(slopes)).toEqual(new Set([leaves[i] === z ? -(i + 1) : -i]))
      })
      dispose([value, grads])
      expect(tf.memory().numTensors).toBe(before)
      expect(z.isDisposed).toBe(false)
      dispose(params)
    })
  }

  for (const [driver, make] of Object.entries(drivers)) {
    it.each([false, true])(
      `${driver} trains one tensor at several places as tensors of their own, donate %s`,
      async (donate) => {
        for (const { name, tree, size } of cases) {
          const z = tf.zeros([size])
          const shared = await trained(
            make(donate),
            tree(() => z),
          )
          const apart = await trained(
            make(donate),
            tree(() => tf.zeros([size])),
          )
          expect(shared, `${name}, ${size}`).toEqual(apart)
        }
      },
    )
  }

  it('a leaf that stands twice and is used once has the derivative 0 at the other place', async () => {
    const z = tf.zeros([2])
    const { grads } = valueAndGrad(({ a }: { a: tf.Tensor; b: tf.Tensor }) => tf.sum(tf.add(a, 1)) as tf.Scalar)({
      a: z,
      b: z,
    })
    expect(await numbersOf(grads)).toEqual([
      [1, 1],
      [0, 0],
    ])
  })

  it('a variable at two places, and a gradient of its own, keep the places apart', async () => {
    const z = tf.variable(tf.zeros([2]))
    const own = ({ a, b }: { a: tf.Tensor; b: tf.Tensor }) =>
      tf.sum(tf.add(gradientRescale(a, 3), gradientRescale(b, 5))) as tf.Scalar
    expect(await numbersOf(valueAndGrad(own)({ a: z, b: z }).grads)).toEqual([
      [3, 3],
      [5, 5],
    ])
    expect(z.isDisposed).toBe(false)
    z.dispose()
  })

  it('a gradient of the gradient keeps the places apart', async () => {
    const z = tf.tensor1d([2])
    const cubes = ({ a, b }: { a: tf.Tensor; b: tf.Tensor }) =>
      tf.sum(tf.add(tf.pow(a, 3), tf.mul(2, tf.pow(b, 3)))) as tf.Scalar
    const slopes = (params: { a: tf.Tensor; b: tf.Tensor }) => {
      const { grads } = valueAndGrad(cubes)(params)
      return tf.sum(tf.addN(treeLeaves<tf.Tensor>(grads))) as tf.Scalar
    }
    const second = (await numbersOf(valueAndGrad(slopes)({ a: z, b: z }).grads)).flat()
    expect(second[0]).toBeCloseTo(12, 4)
    expect(second[1]).toBeCloseTo(24, 4)
  })
})
