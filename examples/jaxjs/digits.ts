/**
 * Trains a network on real handwritten digits with jax-js: its gradients, foregrad's optimizer, no tfjs.
 *
 *     npx tsx examples/jaxjs/digits.ts [epochs]
 */
import { defaultDevice, init } from '@jax-js/jax'
import { loadDigits } from '../mnist/handwritten.ts'
import { train } from './train.ts'

await init('wasm')
defaultDevice('wasm')
await train(loadDigits(), Number(process.argv[2] ?? 2), ({ epoch, loss, error }) => {
  console.log(`epoch ${epoch}: loss ${loss.toFixed(3)}, ${(100 * error).toFixed(1)} % of the test digits wrong`)
})
