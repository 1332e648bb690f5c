/** Gates by which plans are cut: what a closed gate touches, and to whom the buffers belong that it leaves alone. */
import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'
import '../../../lib/gradients.ts'
import {
  adamw,
  applyEvery,
  chain,
  clipByGlobalNorm,
  dispose,
  explain,
  float64,
  type GradientTransformation,
  madgrad,
  multiSteps,
  partition,
  scale,
  step,
  treeLeaves,
  withLookaheadGradient,
} from '../../../lib/index.ts'
import { describeEngines, testEngines } from '../../devices/engines.ts'

const every3 = (predictSteps?: number) =>
  multiSteps(chain(clipByGlobalNorm(1), adamw(0.1, predictSteps === undefined ? {} : { predictSteps })), {
    everyKSchedule: 3,
  })

const closedBytes = (tx: GradientTransformation) => explain(tx).closed?.bytesPerParam

describe('a closed gate', () => {
  it.each<[string, GradientTransformation, number, number]>([
    ['multiSteps', multiSteps(adamw(0.1), { everyKSchedule: 4 }), 36, 12],
    ['multiSteps of a clip and a forecast', every3(2), 48, 12],
    ['applyEvery', applyEvery(3), 20, 12],
  ])('costs of %s what it accumulates', (_, tx, open, closed) => {
    expect(explain(tx).bytesPerParam).toBe(open)
    expect(closedBytes(tx)).toBe(closed)
    expect(String(explain(tx))).toContain(`where the gates are closed\npass 1`)
  })

  it('is none without gates', () => {
    expect(explain(adamw(0.1)).closed).toBeUndefined()
  })
})

it('slots that stay are not written', () => {
  expect(explain(madgrad(0.1)).passes[0]?.writes).not.toContain("[1].x0'")
  expect(explain(madgrad(0.1)).bytesPerParam).toBe(32)
})

type Weights = { readonly w: tf.Tensor; readonly b: tf.Tensor }
const weights = (): Weights => ({ w: tf.tensor2d([1, -2, 3, -0, 5, 6], [2, 3]), b: tf.tensor1d([0.5]) })
const gradients = (): Weights => ({ w: tf.tensor2d([1, 2, -3, 1, 0, 2], [2, 3]), b: tf.tensor1d([-1]) })
const numbers = async (tree: unknown): Promise<number[]> =>
  (await Promise.all((treeLeaves(tree as never) as tf.Tensor[]).map((x) => x.data()))).flatMap((x) => [...x])

describeEngines(testEngines, ({ name }) => {
  it('leaves of a closed gate are handles of their own: the old ones may go', async () => {
    const tx = every3()
    const before = tf.memory().numTensors
    const [params, grads] = [weights(), gradients()]
    const state = tx.init(params)
    const made = step(tx, grads, state, params)
    const old = treeLeaves<unknown>([params, state] as never)
    expect(
      treeLeaves<unknown>([made.params, made.state] as never).filter((x) => typeof x === 'object' && old.includes(x)),
    ).toEqual([])
    dispose([params, state])
    expect(await numbers(made.params)).toEqual([1, -2, 3, -0, 5, 6, 0.5])
    const next = step(tx, grads, made.state, made.params)
    dispose([made, next, grads])
    expect(tf.memory().numTensors).toBe(before)
  })

  it('donated, they are the same, and are written in place when it opens', () => {
    if (name === 'tensors') return // Nothing is ever written in place there.
    const tx = every3()
    const grads = gradients()
    const start = weights()
    let train = { params: start, state: tx.init(start) as unknown }
    const first = treeLeaves<unknown>([train.params, train.state] as never).filter((x) => x instanceof tf.Tensor)
    const alive = tf.memory().numTensors
    for (let i = 0; i < 7; i++) {
      train = step(tx as GradientTransformation, grads, train.state, train.params, { donate: true }) as typeof train
      const now = treeLeaves<unknown>([train.params, train.state] as never).filter((x) => x instanceof tf.Tensor)
      expect(now.map((x, k) => x === first[k])).toEqual(now.map(() => true))
      expect(tf.memory().numTensors).toBe(alive)
    }
    dispose([train, grads])
  })

  it.each([false, true])(
    'trains as float64 does, the place of the gradient where it was (donate: %s)',
    async (donate) => {
      const tx = partition({ slow: every3(2), fast: chain(scale(-0.1)) }, { w: 'slow', b: 'fast' })
      const before = tf.memory().numTensors
      const loss = ({ w, b }: Weights) => tf.add(tf.sum(tf.square(w)), tf.sum(tf.square(b))) as tf.Scalar
      const trainer = withLookaheadGradient(loss, tx, { donate })
      const meaning = float64(tx)
      const twice = (x: unknown): unknown => (Array.isArray(x) ? x.map(twice) : 2 * (x as number))
      type Numbers = { readonly w: number[][]; readonly b: number[] }
      let [params, ahead]: [Numbers, Numbers] = [0, 0].map(() => ({
        w: [
          [1, -2, 3],
          [-0, 5, 6],
        ],
        b: [0.5],
      })) as never
      let state = meaning.init(params)
      const start = weights()
      let train = trainer.init(start)
      for (let i = 0; i < 7; i++) {
        const { train: next, value } = trainer.step(train)
        if (!donate) dispose(i === 0 ? [train.state] : train)
        value.dispose()
        train = next
        const grads = { w: twice(ahead.w), b: twice(ahead.b) } as Numbers
        const made = meaning.step(grads, state, params, undefined, ahead)
        ;[params, ahead, state] = [made.params as Numbers, made.ahead as Numbers, made.state]
        const flat = ({ b, w }: Numbers) => [...w.flat(), ...b]
        const close = (got: number[], want: number[]) => {
          for (const [k, x] of got.entries()) expect(x).toBeCloseTo(want[k] as number, 4)
        }
        close(await numbers(train.params), flat(params))
        close(await numbers(train.ahead), flat(ahead))
      }
      dispose(donate ? train : [train, start])
      expect(tf.memory().numTensors).toBe(before)
    },
  )
})
