import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, test } from 'vitest'
import '../../../lib/gradients.ts'
import {
  dispose,
  ForegradError,
  foldIn,
  gumbels,
  makePerturbedFun,
  normals,
  seedKey,
  treeBatchShape,
  treeRandomLike,
  treeSplitKeyLike,
} from '../../../lib/index.ts'
import { describeEngines, testEngines } from '../../devices/engines.ts'

const key = seedKey(3)
type Two = { readonly w: tf.Tensor; readonly b: tf.Tensor }

describe('gumbels', () => {
  const drawn = gumbels(key, 20_000)

  test('are distributed as the largest of many: mean γ, variance π²/6, a share of 1/e below 0', () => {
    const mean = drawn.reduce((sum, x) => sum + x, 0) / drawn.length
    const variance = drawn.reduce((sum, x) => sum + (x - mean) ** 2, 0) / drawn.length
    expect(Math.abs(mean - 0.5772)).toBeLessThan(0.03)
    expect(Math.abs(variance - Math.PI ** 2 / 6)).toBeLessThan(0.06)
    expect(Math.abs(drawn.filter((x) => x < 0).length / drawn.length - Math.exp(-1))).toBeLessThan(0.01)
  })

  test('are those of the same words as normals: in the same order, and a longer draw begins with the shorter', () => {
    const order = (xs: Float32Array): number[] => [...xs.keys()].sort((i, j) => xs[i]! - xs[j]!)
    expect(order(gumbels(key, 50))).toEqual(order(normals(key, 50)))
    expect([...gumbels(key, 7)]).toEqual([...drawn.slice(0, 7)])
    expect([...gumbels(key, 7, { leaf: 1 })]).not.toEqual([...drawn.slice(0, 7)])
  })

  test('refuse what is no key and no count', () => {
    expect(() => gumbels([1] as never, 3)).toThrow(/gumbels: key/)
    expect(() => gumbels(key, -1)).toThrow(/gumbels: count/)
  })
})

test('every leaf has a key of its own', () => {
  expect(treeSplitKeyLike(key, { a: 0, b: [0, 0] } as never)).toEqual({
    a: foldIn(key, 0),
    b: [foldIn(key, 1), foldIn(key, 2)],
  })
  expect(() => treeSplitKeyLike(3 as never, { a: 0 } as never)).toThrow(ForegradError)
})

/** What takes the place of the gradient of f: its values at moved places, by the density of the moves. */
const scoreEstimate = (
  f: (x: readonly number[]) => number,
  x: readonly number[],
  draws: readonly Float32Array[],
  sigma: number,
  score: (z: number) => number,
  baseline: number,
): number[] =>
  x.map(
    (_, i) =>
      draws.reduce((sum, z) => sum + (f(x.map((xj, j) => xj + sigma * z[j]!)) - baseline) * score(z[i]!), 0) /
      (sigma * draws.length),
  )

const positives = (x: readonly number[]): number => x.reduce((sum, y) => sum + (y > 0 ? 1 : 0), 0)
const positivesOf = (x: tf.Tensor): tf.Tensor => tf.sum(tf.cast(tf.greater(x, 0), 'float32'))

describeEngines(testEngines, () => {
  test('random numbers in the shape of every leaf are those of its number, and nothing else is made', async () => {
    const tree: Two = { w: tf.zeros([2, 3]), b: tf.zeros([5]) }
    const before = tf.memory().numTensors
    const made = treeRandomLike(key, tree as never) as Two
    expect(tf.memory().numTensors).toBe(before + 2)
    expect([...(await made.w.data())]).toEqual([...normals(key, 6, { leaf: 0 })])
    expect([...(await made.b.data())]).toEqual([...normals(key, 5, { leaf: 1 })])
    expect(made.w.shape).toEqual([2, 3])
    const others = treeRandomLike(key, tree as never, { sampler: gumbels }) as Two
    expect([...(await others.b.data())]).toEqual([...gumbels(key, 5, { leaf: 1 })])
    expect(() => treeRandomLike(key, tree as never, { sampler: () => new Float32Array(1) })).toThrow(/6 numbers/)
    dispose([tree, made, others] as never)
  })

  test('a batch has every leaf as often as it has places', async () => {
    const tree = { w: tf.tensor1d([1, Number.POSITIVE_INFINITY]) }
    const made = treeBatchShape(tree as never, [2, 1]) as { readonly w: tf.Tensor }
    expect(made.w.shape).toEqual([2, 1, 2])
    expect([...(await made.w.data())]).toEqual([1, Number.POSITIVE_INFINITY, 1, Number.POSITIVE_INFINITY])
    const same = treeBatchShape(tree as never) as { readonly w: tf.Tensor }
    expect(same.w).not.toBe(tree.w)
    expect([...(await same.w.data())]).toEqual([1, Number.POSITIVE_INFINITY])
    expect(() => treeBatchShape(tree as never, [-1])).toThrow(ForegradError)
    dispose([tree, made, same] as never)
  })

  test.each([
    ['gumbel', gumbels, (z: number) => 1 - Math.exp(-z), true],
    ['normal', normals, (z: number) => z, true],
    ['normal', normals, (z: number) => z, false],
  ] as const)(
    'a count, perturbed by %s noise, has the gradient of its score',
    async (noise, sampler, score, useBaseline) => {
      const x = [0.05, -0.1, 0.3]
      const [sigma, numSamples] = [0.5, 40]
      const draws = Array.from({ length: numSamples }, (_, step) => sampler(key, 3, { step, leaf: 0 }))
      const smoothed = makePerturbedFun(positivesOf as never, { numSamples, sigma, noise, useBaseline })
      const at = tf.tensor1d(x)
      const before = tf.memory().numTensors
      const { value, grad } = tf.valueAndGrad((y: tf.Tensor) => smoothed(key, y as never) as unknown as tf.Tensor)(at)
      const mean = draws.reduce((sum, z) => sum + positives(x.map((y, i) => y + sigma * z[i]!)), 0) / numSamples
      expect((await value.data())[0]).toBeCloseTo(mean, 5)
      const wanted = scoreEstimate(positives, x, draws, sigma, score, useBaseline ? positives(x) : 0)
      const found = await grad.data()
      for (const [i, want] of wanted.entries()) expect(Math.abs(found[i]! - want)).toBeLessThan(2e-4)
      dispose([value, grad] as never)
      expect(tf.memory().numTensors).toBe(before)
      at.dispose()
    },
  )
})

test('a count smoothed by many draws has the slope of the density', async () => {
  await tf.setBackend('cpu')
  const smoothed = makePerturbedFun(positivesOf as never, { numSamples: 3000, sigma: 1, noise: 'normal' })
  const grad = tf.grad((y: tf.Tensor) => smoothed(key, y as never) as unknown as tf.Tensor)(tf.tensor1d([0, 1]))
  const found = await grad.data()
  const density = (x: number): number => Math.exp(-(x ** 2) / 2) / Math.sqrt(2 * Math.PI)
  expect(Math.abs(found[0]! - density(0))).toBeLessThan(0.05)
  expect(Math.abs(found[1]! - density(1))).toBeLessThan(0.05)
})

test.each([
  [{ numSamples: 0 }, /numSamples/],
  [{ sigma: 0 }, /sigma/],
  [{ noise: 'uniform' }, /noise/],
  [{ samples: 3 }, /unknown option/],
])('makePerturbedFun refuses %o', (options, message) => {
  expect(() => makePerturbedFun((x) => x, options as never)).toThrow(message)
})
test('makePerturbedFun refuses what is no function, and what is no key', () => {
  expect(() => makePerturbedFun(3 as never)).toThrow(/a function/)
  expect(() => makePerturbedFun((x) => x)(7 as never, tf.scalar(1) as never)).toThrow(/a key/)
})
