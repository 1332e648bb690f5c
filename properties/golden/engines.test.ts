import * as tf from '@tensorflow/tfjs-core'
import '../../lib/gradients.ts'
import { describe, expect, test } from 'vitest'
import {
  dispose,
  type GradientTransformation,
  type Params,
  step,
  type Tree,
  treeLeaves,
  treeMap,
  withGradient,
  withLookaheadGradient,
} from '../../lib/index.ts'
import { describeEngines, testEngines } from '../devices/engines.ts'
import { build, distance, first, type LookaheadCase, type Nested, optax, weightPrediction, type WorkedStep, xgradBases } from './golden.ts'

const near = 3e-4

const tensors = (numbers: Readonly<Record<string, Nested>>): Params =>
  Object.fromEntries(Object.entries(numbers).map(([key, x]) => [key, tf.tensor(x as number[], undefined, 'float32')]))

const read = async (tree: Tree<tf.Tensor>): Promise<unknown> => {
  const arrays = await Promise.all(treeLeaves<tf.Tensor>(tree).map((leaf) => leaf.array()))
  let next = 0
  return treeMap(tree, () => arrays[next++] as number)
}

/** The largest distance from a recorded trajectory; each step's old trees are disposed. */
const replay = async (tx: GradientTransformation, recorded: readonly Readonly<Record<string, Nested>>[]) => {
  let params = tensors(first.start)
  let state = tx.init(params)
  let most = 0
  for (const [i, expected] of recorded.entries()) {
    const grads = tensors(first.grads[i]!)
    const next = step(tx, grads, state, params, { donate: true })
    params = next.params
    state = next.state
    most = Math.max(most, distance(await read(params), expected))
    dispose(grads)
  }
  dispose({ params, state })
  return most
}

const lossOf = ({ problem, diag, target }: LookaheadCase) => {
  if (problem === 'quadratic') {
    return (w: tf.Tensor): tf.Scalar => tf.mul(0.5, tf.sum(tf.mul([...diag], tf.square(tf.sub(w, [...target])))))
  }
  return (w: tf.Tensor): tf.Scalar => {
    const [a, b] = [tf.slice(w, 0, 1), tf.slice(w, 1, 1)]
    return tf.sum(tf.add(tf.square(tf.sub(1, a)), tf.mul(100, tf.square(tf.sub(b, tf.square(a))))))
  }
}

const train = async (recorded: LookaheadCase): Promise<number> => {
  const tx = build(recorded.ts)
  const loss = (params: Params) => lossOf(recorded)(params as tf.Tensor)
  const marked = !recorded.ts.includes('predictSteps:0')
  const trainer = (marked ? withLookaheadGradient : withGradient)(loss, tx)
  let train: { readonly params: Params } = trainer.init(tf.tensor1d([...recorded.x0]))
  let most = 0
  for (let t = 1; t <= recorded.steps; t++) {
    const { train: next, value } = trainer.step(train as never)
    dispose([train, value])
    train = next
    if (recorded.params[t]) most = Math.max(most, distance(await read(train.params), recorded.params[t]))
  }
  dispose(train)
  return most
}

const { params0, loss: quadratic } = weightPrediction.xgrad.inputs

/** The worked example with the batch's target in the place of data. */
const trainWorked = async (tx: GradientTransformation, steps: readonly WorkedStep[]): Promise<number> => {
  const loss = (w: Params, b: readonly number[]): tf.Scalar =>
    tf.mul(0.5, tf.sum(tf.mul([...quadratic.a], tf.square(tf.sub(w as tf.Tensor, [...b])))))
  const trainer = withLookaheadGradient(loss, tx)
  let train = trainer.init(tf.tensor1d([...params0]) as Params)
  let most = 0
  for (const [t, recorded] of steps.entries()) {
    most = Math.max(most, distance(await read(train.ahead), recorded.predicted_params))
    const { train: next, value } = trainer.step(train, quadratic.b_per_step[t]!)
    dispose([train, value])
    train = next
    most = Math.max(most, distance(await read(train.params), recorded.params))
  }
  dispose(train)
  return most
}

describeEngines(testEngines, () => {
  describe('a trajectory of optax is replayed within 3e-4', () => {
    const others = optax.trajectories.map((c) => [c.ts, c] as const)
    test.each([...first.cases.map((c) => [c.id, c] as const), ...others])('%s', async (_, recorded) => {
      expect(await replay(build(recorded.ts), recorded.params)).toBeLessThanOrEqual(near)
    })
  })

  describe('a run with predicted gradients is replayed within 3e-4', () => {
    test.each(first.lookahead.map((c) => [c.id, c] as const))('%s', async (_, recorded) => {
      expect(await train(recorded)).toBeLessThanOrEqual(near)
    })
  })

  describe('the worked example of XGrad is replayed within 3e-4', () => {
    test.each(Object.entries(xgradBases))('%s', async (name, tx) => {
      expect(await trainWorked(tx, weightPrediction.xgrad.outputs[name]!.steps)).toBeLessThanOrEqual(near)
    })
  })
})
