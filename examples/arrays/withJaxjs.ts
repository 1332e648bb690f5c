/**
 * Trains on real handwritten digits with plain arrays, the gradient from jax-js: any library that makes a gradient will do.
 *
 *     npx tsx examples/arrays/withJaxjs.ts [epochs]
 */
import { defaultDevice, init } from '@jax-js/jax'
import { loadDigits } from '../mnist/handwritten.ts'
import { jaxjsGradient } from './jaxjsGradient.ts'
import { train } from './train.ts'

await init('wasm')
defaultDevice('wasm')
train(
  loadDigits(),
  Number(process.argv[2] ?? 2),
  ({ epoch, loss, error }) => {
    console.log(`epoch ${epoch}: loss ${loss.toFixed(3)}, ${(100 * error).toFixed(1)} % of the test digits wrong`)
  },
  jaxjsGradient(),
)
