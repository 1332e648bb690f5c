import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import * as f from '../../../lib/index.ts'
import { describeEngines, testEngines } from '../../devices/engines.ts'

const mask = { base: true, head: false }
const parameters = () => ({ base: tf.tensor1d([1, 2, -3]), head: tf.tensor1d([1]) })
const spoiled = () => ({
  base: tf.tensor1d([Number.NaN, Number.POSITIVE_INFINITY, 1]),
  head: tf.tensor1d([0.5]),
})

describeEngines(testEngines, () => {
  test.each<[string, () => f.GradientTransformation]>([
    ['freeze', () => f.chain(f.adam(0.1), f.freeze(mask))],
    [
      'freeze by a function',
      () =>
        f.chain(
          f.sgd(0.1),
          f.freeze((p) => f.treeMap(p, (_, path) => path[0] === 'base')),
        ),
    ],
    ['selectiveTransform', () => f.selectiveTransform(f.adam(0.1), { freezeMask: mask })],
    ['a norm inside', () => f.selectiveTransform(f.chain(f.clipByGlobalNorm(1), f.sgd(0.1)), { freezeMask: mask })],
    ['setToZero', () => f.partition({ a: f.setToZero(), b: f.sgd(0.1) }, { base: 'a', head: 'b' })],
  ])('%s leaves frozen weights as they are under NaN and ∞, and trains the others', async (_, make) => {
    for (const donate of [false, true]) {
      const [tx, params, grads] = [make(), parameters(), spoiled()]
      const [updates] = tx.update(grads, tx.init(params), params)
      expect(await (updates as typeof params).base.array()).toEqual([0, 0, 0])
      const made = f.step(tx, grads, tx.init(params), params, { donate }).params as typeof params
      expect(await made.base.array()).toEqual([1, 2, -3])
      const [head] = await made.head.array()
      expect(head).toBeLessThan(1)
      expect(head).toBeGreaterThan(0.8)
    }
  })
})

test('selectiveTransform keeps no moments of frozen leaves', () => {
  const { innerStates } = f.float64(f.selectiveTransform(f.scaleByAdam(), { freezeMask: mask })).init({
    base: [1, 2],
    head: [1],
  }) as { innerStates: { train: { innerState: { mu: unknown } } } }
  expect(innerStates.train.innerState.mu).toEqual({ base: [], head: [0] })
})

test('what is no mask is told', () => {
  expect(() => f.selectiveTransform(f.adam(0.1), {} as never)).toThrow(
    'selectiveTransform: freezeMask: expected a value',
  )
  expect(() => f.selectiveTransform(f.adam(0.1), { freezeMask: 1 as never })).toThrow('a tree of booleans')
  expect(() => f.float64(f.selectiveTransform(f.adam(0.1), { freezeMask: { b: true } })).init({ w: 1 })).toThrow(
    'freezeMask: w: expected true or false',
  )
})
