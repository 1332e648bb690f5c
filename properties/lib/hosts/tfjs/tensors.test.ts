import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { releaseBackend, trace } from '../../../../lib/index.ts'
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
})
