import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import {
  chain,
  clipByBlockRms,
  clipByGlobalNorm,
  explain,
  expr,
  float64,
  fromage,
  type GradientTransformation,
  lars,
  masked,
  normalize,
  normalizeByUpdateNorm,
  rule,
  scaleByParamBlockNorm,
  scaleByParamBlockRms,
  scaleByPolyak,
  scaleByTrustRatio,
  sgd,
} from '../../../lib/index.ts'
import { marsCorrection } from '../../../transforms/methods/mars/marsCorrection.ts'
import { describeEngines, testEngines } from '../../devices/engines.ts'

type Numbers = readonly number[]
type Leaves = Readonly<Record<'a' | 'b', Numbers>>
type Rule = GradientTransformation<unknown>

/** A rule of one formula, such as a user writes it. */
const written = (name: string, u: (g: never, p: never) => unknown): Rule =>
  rule({ name, slots: {}, update: ({ g, p }) => ({ u: u(g as never, p as never) as typeof g, next: {} }) }) as Rule

const { add, div, mul, neg, normLeaf, normTree, rmsLeaf, sqrt, sub } = expr

const rules: readonly (readonly [string, Rule])[] = [
  ['clipByGlobalNorm(1)', clipByGlobalNorm(1)],
  ['clipByGlobalNorm(1e-20)', clipByGlobalNorm(1e-20)],
  ['clipByGlobalNorm(1e20)', clipByGlobalNorm(1e20)],
  ['clipByGlobalNorm(1) of one leaf', masked(clipByGlobalNorm(1), { a: true, b: false })],
  ['two global clips', chain(clipByGlobalNorm(1e3), clipByGlobalNorm(1))],
  ['clipByBlockRms(1)', clipByBlockRms(1)],
  ['clipByBlockRms(1e-20)', clipByBlockRms(1e-20)],
  ['normalize', normalize()],
  ['normalizeByUpdateNorm', normalizeByUpdateNorm({ scaleFactor: -2 })],
  ['scaleByParamBlockNorm', scaleByParamBlockNorm()],
  ['scaleByParamBlockRms', scaleByParamBlockRms()],
  ['scaleByTrustRatio', scaleByTrustRatio()],
  ['scaleByTrustRatio with all options', scaleByTrustRatio({ minNorm: 1e-6, trustCoefficient: 1e-3, eps: 1e-8 })],
  ['fromage', fromage(0.1)],
  ['lars', lars(0.1, { weightDecay: 1e-4, eps: 1e-9 })],
  ['scaleByPolyak', scaleByPolyak()],
  ['scaleByPolyak with eps', scaleByPolyak({ eps: 1e-3, maxLearningRate: 10 })],
  ['g / normLeaf(g)', written('unitLeaf', (g) => div(g, normLeaf(g)))],
  ['−g / normTree(g)', written('unitTree', (g) => div(neg(g), normTree(g)))],
  ['g / rmsLeaf(g)', written('unitRms', (g) => div(g, rmsLeaf(g)))],
  ['g / (normLeaf(g) + 1e-8)', written('safeUnit', (g) => div(g, add(normLeaf(g), 1e-8)))],
  ['g·(1 − normLeaf(g))', written('signed', (g) => mul(sub(1, normLeaf(g)), g))],
  ['g·normLeaf(p) / normLeaf(g)', written('ratio', (g, p) => mul(g, div(normLeaf(p), normLeaf(g))))],
  ['g / √normLeaf(g)', written('rootOfNorm', (g) => div(g, sqrt(normLeaf(g))))],
]

const repeat = (count: number, x: number): number[] => Array.from({ length: count }, (_, i) => (i % 3 === 1 ? -x : x))
const pair = (x: number): Leaves => ({ a: [x, x], b: [-x] })

const gradients: readonly (readonly [string, Leaves])[] = [
  ...[3e38, 1e38, 1e25, 1e20, 1e19, 1e13, 1, 1e-12, 1e-19, 1e-20, 1e-25, 1e-30, 1e-37].map(
    (x) => [`${x}`, pair(x)] as const,
  ),
  ['1,000 of 3e38', { a: repeat(1000, 3e38), b: [1] }],
  ['1,000 of 1e-30', { a: repeat(1000, 1e-30), b: [1e-30] }],
  ['some of each size', { a: [1e25, 1, 1e-25, 3, -2e-13], b: [2e12, 1e-30, -1] }],
  ['1 among small ones', { a: [1e-25, 1, 1e-30], b: [1e-20, -1e-20] }],
  ['around 2^40', { a: repeat(9, 1.2e12), b: [1e12, 1.0995e12, 0.5] }],
  ['around 2^-40', { a: repeat(9, 8e-13), b: [9.1e-13, 9.0e-13, 1e-14] }],
  ['with zeros', { a: [0, 1e20, -0], b: [0] }],
  ['zeros', { a: [0, 0], b: [0] }],
  ['with ∞', { a: [Number.POSITIVE_INFINITY, 1], b: [1e-30] }],
  ['with NaN', { a: [Number.NaN, 1], b: [1e-30] }],
]

const likeGradient = (leaf: Numbers, size: number): number[] => leaf.map((_, i) => (i % 2 === 0 ? size : -size))
const rounded = (leaf: Numbers): number[] => leaf.map(Math.fround)

/** The largest and the smallest normal float32: devices take subnormal numbers for zeros. */
const [most, least] = [3.4028234663852886e38, 2 ** -126]

const isClose = (got: number, meant: number): boolean => {
  if (Number.isNaN(meant)) return Number.isNaN(got)
  if (Math.abs(meant) > most) return got === Math.sign(meant) * Number.POSITIVE_INFINITY
  return Math.abs(got - meant) <= Math.max(2e-6 * Math.abs(meant), 2 * least)
}

const leaves = ['a', 'b'] as const
const tensors = ({ a, b }: Leaves) => ({ a: tf.tensor1d([...a]), b: tf.tensor1d([...b]) })

/** Where an engine's update is not that of the meaning. */
const differences = async (tx: Rule, grads: Leaves, params: Leaves): Promise<string[]> => {
  const [g, p] = [tensors(grads), tensors(params)]
  const [updates] = tx.update(g, tx.init(p), p, { value: 3 }) as unknown as [typeof p]
  const [a, b] = await Promise.all([updates.a.data(), updates.b.data()])
  const meaning = float64(tx)
  const weights = { a: rounded(params.a), b: rounded(params.b) }
  const given = { a: rounded(grads.a), b: rounded(grads.b) }
  const [meant] = meaning.update(given, meaning.init(weights), weights, { value: 3 }) as unknown as [Leaves]
  return leaves.flatMap((leaf) =>
    [...(leaf === 'a' ? a : b)].flatMap((x, i) => {
      const right = meant[leaf][i] as number
      return isClose(x, right) ? [] : [`${leaf}[${i}]: ${x}, not ${right}`]
    }),
  )
}

describeEngines(testEngines, ({ name }) => {
  test.each(rules)('%s is what it means for gradients of every size', async (_, tx) => {
    const wrong: string[] = []
    for (const [what, grads] of gradients) {
      for (const size of [1, 1e30, 1e-30]) {
        const params = { a: likeGradient(grads.a, size), b: likeGradient(grads.b, size) }
        tf.engine().startScope()
        const found = await differences(tx, grads, params)
        tf.engine().endScope()
        if (found.length > 0) wrong.push(`g ${what}, p ${size}: ${found.slice(0, 2).join('; ')}`)
      }
    }
    expect(wrong).toEqual([])
  })

  test('marsCorrection is what it means where the correction itself stays in float32', async () => {
    const fits = gradients.filter(([what]) => !what.includes('3e+38') && !what.includes('3e38'))
    const found = await Promise.all(fits.map(([, grads]) => differences(marsCorrection() as Rule, grads, grads)))
    expect(found.flat()).toEqual([])
  })

  test('a norm takes one pass, of one sum in float64 or of three in float32', () => {
    const { passes } = explain(chain(clipByGlobalNorm(1), sgd(0.1)))
    const sums = Array.from({ length: name === 'wasm' ? 1 : 3 }, () => 'sum over the tree')
    expect(passes.map(({ reductions }) => reductions)).toEqual([sums, []])
  })
})
