import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { unaryNode, unaryOps } from '../../../../lib/expr/expr.ts'
import { unaryMeaning } from '../../../../lib/expr/meaning.ts'
import { releaseBackend, rule, trace } from '../../../../lib/index.ts'
import { openEngine, testEngine } from '../../../devices/engines.ts'

beforeAll(() => openEngine(testEngine('tensors')))
afterAll(releaseBackend)

describe('the tensors engine', () => {
  test('gives each result a handle of its own, also where two are the same number', () => {
    const p = tf.tensor1d([1, 2])
    const tx = trace({ decay: 0.9 })
    const [updates, state] = tx.update(p, tx.init(p))
    tf.dispose(updates as tf.Tensor)
    expect((state.trace as tf.Tensor).isDisposed).toBe(false)
    expect([...(state.trace as tf.Tensor).dataSync()]).toEqual([1, 2])
  })

  test.each(unaryOps)('%s of special numbers and of numbers of all sizes is its float64 meaning', (op) => {
    const sizes = [0, 1, 0.5, 2, 30, 88.5, 104, 1e10, 3e38, 1e-3, 1e-7, 1e-20, 1.2e-38, 1e-40, Number.POSITIVE_INFINITY]
    const numbers = [...sizes.flatMap((x) => [x, -x]), Number.NaN].map(Math.fround)
    const tx = rule({ name: op, slots: {}, update: ({ g }) => ({ u: unaryNode(op, g), next: {} }) })
    const g = tf.tensor1d(numbers)
    const [u] = tx.update(g, tx.init(g))
    const made = [...(u as tf.Tensor).dataSync()]
    expect(made).toEqual(numbers.map((x) => Math.fround(unaryMeaning[op](x))))
  })
})
