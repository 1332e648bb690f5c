import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, test } from 'vitest'
import {
  adamw,
  chain,
  dispose,
  explain,
  float64,
  type GradientTransformation,
  lookaheadPermutation,
  opaque,
  projectParams,
  scale,
  sgd,
  step,
  treeMap,
} from '../../../lib/index.ts'
import { describeEngines, testEngines } from '../../devices/engines.ts'

/** Rounds every weight to a whole number: no update added to a weight would do that exactly. */
const rounded = (inner: GradientTransformation) =>
  projectParams(inner, {
    name: 'rounded',
    init: () => ({ steps: 0 }),
    project: (params, { steps }) => [treeMap<tf.Tensor, tf.Tensor>(params, (p) => tf.round(p)), { steps: steps + 1 }],
  })

const asItIs = (): GradientTransformation =>
  opaque({ name: 'asItIs', init: () => [], update: (updates, state) => [updates, state] })

describe('projectParams', () => {
  test('needs a name and both functions', () => {
    expect(() => projectParams(sgd(1), { name: '', init: undefined, project: 1 } as never)).toThrow(
      /projectParams: name: expected a name[\s\S]*projectParams: init: expected a function[\s\S]*Give \{ name, init, project \}/,
    )
  })

  test('must be the outermost, around opaque stages too', () => {
    for (const inner of [sgd(1), chain(asItIs(), sgd(1))]) {
      expect(() => chain(rounded(inner), scale(2))).toThrow('rounded: expected to be the outermost, got')
    }
  })

  test('on plain numbers asks for functions on them', () => {
    expect(() => float64(rounded(sgd(1))).init([1])).toThrow(
      'rounded: expected functions for float64 beside the others',
    )
  })

  test('is shown as what it is', () => {
    expect(explain(rounded(adamw(0.1))).passes.length).toBe(2)
  })
})

describeEngines(testEngines, () => {
  const start = () => [tf.tensor([0.4, 1.6, -2.7]), tf.tensor(9.9)]
  const grads = () => [tf.tensor([0.1, 0.2, 0.3]), tf.tensor(-1)]

  test.each(['a rule', 'an opaque stage'])('sets the parameters of a step exactly: around %s', async (what) => {
    const tx = rounded(what === 'a rule' ? sgd(0.1) : chain(asItIs(), sgd(0.1)))
    const [params, g] = [start(), grads()]
    const state = tx.init(params)
    const { params: made, state: next } = step(tx, g, state, params)
    const [a, b] = made as tf.Tensor[]
    expect([Array.from(await a!.data()), Array.from(await b!.data())]).toEqual([[0, 2, -3], [10]])
    expect(next).toMatchObject({ steps: 1 })
    dispose([params, g, state, made, next])
  })

  test('is an update up to rounding, which needs the parameters', async () => {
    const tx = rounded(sgd(0.1))
    const [params, g] = [start(), grads()]
    const state = tx.init(params)
    expect(() => tx.update(g, state)).toThrow('Pass params as the third argument')
    const [updates] = tx.update(g, state, params)
    const moved = tf.add((updates as tf.Tensor[])[0]!, params[0]!)
    Array.from(await moved.data()).forEach((x, i) => {
      expect(x).toBeCloseTo([0, 2, -3][i]!, 5)
    })
    dispose([params, g, state, updates, moved])
  })

  test.each([true, false])(
    'that fails leaves all that it was given alive and as it was, donating %s',
    async (donate) => {
      const tx = lookaheadPermutation(adamw(0.1), { mask: true })
      const [params, g] = [start(), grads()]
      const state = tx.init(params)
      const held = tf.memory().numTensors
      expect(() => step(tx, g, state, params, { donate })).toThrow('Pass { syncNow } as extra, or give k')
      expect(tf.memory().numTensors).toBe(held)
      expect(Array.from(await params[0]!.data())).toEqual(Array.from(Float32Array.of(0.4, 1.6, -2.7)))
      const { params: made, state: next } = step(tx, g, state, params, { donate, extra: { syncNow: true } })
      dispose(donate ? [g, made, next] : [params, g, state, made, next])
    },
  )
})
