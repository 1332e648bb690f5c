/** Runs that other programs recorded, replayed on every engine on tensors, within 2e-6 of their sensitivity. */
import * as tf from '@tensorflow/tfjs-core'
import '../../lib/gradients.ts'
import { describe, expect, test } from 'vitest'
import { dispose, type GradientTransformation, type Params, step, type Tree, treeLeaves, treeMap, withLookaheadGradient } from '../../lib/index.ts'
import { describeEngines, testEngines } from '../devices/engines.ts'
import { delicate, lastOf, roundingOf, type Run, runs, singleBoundOf } from './facts.ts'
import { build, distance, type Nested, type Numbers } from './golden.ts'
import { lossOf } from './problems.ts'

const tensors = (numbers: Numbers): Params =>
  Object.fromEntries(Object.entries(numbers).map(([key, x]) => [key, tf.tensor(x as number[], undefined, 'float32')]))

const read = async (tree: Tree<tf.Tensor>): Promise<Numbers> => {
  const arrays = await Promise.all(treeLeaves<tf.Tensor>(tree).map((leaf) => leaf.array()))
  let next = 0
  return treeMap(tree, () => arrays[next++] as number) as unknown as Numbers
}

/** Those whose gradient depends on the parameters need them after each step; of the others the recorded steps are read. */
const isGiven = ({ problem }: Run): boolean => problem.kind === 'given_gradients'

/** The largest distance from a run, step by step in donated memory. */
const stepping = async (run: Run): Promise<number> => {
  const tx = build(run.ts) as GradientTransformation
  let now = run.problem.params
  let params = tensors(now)
  let state = tx.init(params)
  let most = 0
  for (let k = 1; k <= lastOf(run); k++) {
    const { value, grads } = lossOf(run.problem, now, k - 1)
    const given = tensors(grads)
    const made = step(tx, given, state, params, { donate: true, ...(Number.isFinite(value) && { extra: { value } }) })
    dispose(given)
    params = made.params
    state = made.state
    if (!isGiven(run) || run.params[k]) now = await read(params)
    if (run.params[k]) most = Math.max(most, distance(now, run.params[k]))
  }
  dispose({ params, state })
  return most
}

/** The sum of products of two trees: a loss whose gradient is the second. */
const dot = (params: Params, grads: Params): tf.Scalar =>
  tf.addN(Object.keys(params).map((key) => tf.sum(tf.mul((params as Record<string, tf.Tensor>)[key]!, (grads as Record<string, tf.Tensor>)[key]!)))) as tf.Scalar

/** The same with gradients where the optimizer is about to be. */
const lookingAhead = async (run: Run): Promise<number> => {
  const trainer = withLookaheadGradient(dot, build(run.ts))
  let train = trainer.init(tensors(run.problem.params))
  let most = 0
  for (let k = 1; k <= lastOf(run); k++) {
    const ahead = await read(train.ahead)
    if (run.predicted![k]) most = Math.max(most, distance(ahead, run.predicted![k]))
    const given = tensors(lossOf(run.problem, ahead, k - 1).grads)
    const { train: next, value } = trainer.step(train, given)
    dispose([train, value, given])
    train = next
    if (run.params[k]) most = Math.max(most, distance(await read(train.params), run.params[k] as Readonly<Record<string, Nested>>))
  }
  dispose(train)
  return most
}

/** IVON's draws need a loop of their own, and GaLore's singular vectors signs: both are replayed in float64. */
const replayed = runs.filter(({ noise, id }) => noise === undefined && id !== 'optax/galore/custom/P1')

/** In the short form an engine takes one run in so many; FOREGRAD_LAWS=all (`npm run laws`) takes them all. */
const oneIn = process.env.FOREGRAD_LAWS === 'all' ? { tensors: 1, wasm: 1, webgpu: 1 } : { tensors: 4, wasm: 2, webgpu: 10 }

describeEngines(testEngines, ({ name }) => {
  const mine = replayed.filter((_, i) => i % oneIn[name] === 0)
  describe('a recorded run is replayed, and nothing is left', () => {
    test.each(mine.map((run) => [run.id, run] as const))('%s', async (id, run) => {
      const before = tf.memory().numTensors
      const off = await (run.predicted ? lookingAhead(run) : stepping(run))
      const bound = delicate.includes(id) ? Math.max(singleBoundOf(run), 4 * roundingOf(run)) : singleBoundOf(run)
      expect(off).toBeLessThanOrEqual(bound)
      expect(tf.memory().numTensors).toBe(before)
    })
  })
})
