import * as tf from '@tensorflow/tfjs-core'
import '../../../lib/gradients.ts'
import { describe, expect, test } from 'vitest'
import { adamw, dispose, type Params, withLookaheadGradient } from '../../../lib/index.ts'
import { describeEngines, testEngines } from '../../devices/engines.ts'

/** How large the memory of tfjs's wasm backend is; 0 on another backend. */
const heapSize = (): number => {
  const { wasm } = tf.backend() as unknown as { readonly wasm?: { readonly HEAPU8?: Uint8Array } }
  return wasm?.HEAPU8?.byteLength ?? 0
}

const heldNow = () => ({ tensors: tf.memory().numTensors, bytes: tf.memory().numBytes, heap: heapSize() })

/** A line through points: w·x + b. */
const loss = (params: Params, x: tf.Tensor, y: tf.Tensor): tf.Scalar => {
  const { w, b } = params as { readonly w: tf.Tensor; readonly b: tf.Tensor }
  return tf.mean(tf.square(tf.sub(tf.add(tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D), b), y)))
}

describeEngines(testEngines, ({ name }) => {
  const steps = name === 'webgpu' ? 200 : 2000
  describe(`${steps} steps of training with a forecast`, () => {
    test.each([false, true])('hold as much after the last as after the tenth (donate: %s)', async (donate) => {
      const x = tf.tensor2d([0, 1, 2, 3], [4, 1])
      const y = tf.tensor2d([1, 3, 5, 7], [4, 1])
      const tx = adamw(0.05, { weightDecay: 0, predictSteps: 2 })
      const trainer = withLookaheadGradient(loss, tx, { donate })
      let train = trainer.init({ w: tf.zeros([1, 1]), b: tf.zeros([1]) } as Params)
      let tenth = heldNow()
      for (let t = 1; t <= steps; t++) {
        const { train: next, value } = trainer.step(train, x, y)
        dispose(donate ? value : [value, train])
        train = next
        if (t === 10) tenth = heldNow()
      }
      expect(heldNow()).toEqual(tenth)
      const { w } = train.params as { readonly w: tf.Tensor }
      expect((await w.data())[0]).toBeCloseTo(2, name === 'webgpu' ? 0 : 2)
      dispose([x, y, train])
    })
  })
})
