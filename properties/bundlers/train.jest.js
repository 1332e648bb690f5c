import * as tf from '@tensorflow/tfjs-core'
import 'foregrad/gradients'
import { adamw, useBackend, withGradient } from 'foregrad'

test('trains', async () => {
  expect(await useBackend({ prefer: ['wasm'] })).toMatchObject({ backend: 'wasm', fused: true })
  const trainer = withGradient(({ w }) => tf.sum(tf.square(w)), adamw(0.1))
  const { train } = trainer.step(trainer.init({ w: tf.tensor1d([1]) }))
  expect((await train.params.w.data())[0]).toBeLessThan(1)
})
