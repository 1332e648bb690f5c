/**
 * Trains a network on real handwritten digits with jax-js: its gradients, foregrad's optimizer, no tfjs.
 *
 *     npx tsx examples/jaxjs/digits.ts [--epochs 2]
 */
import { defaultDevice, init } from '@jax-js/jax'
import { flagsOf, wholeFrom } from '../flags.ts'
import { loadDigits } from '../mnist/handwritten.ts'
import { train } from './train.ts'

const about = 'Trains a network on real handwritten digits with jax-js: its gradients, our optimizer.'
const table = { epochs: { help: 'how often each digit is seen', ...wholeFrom(1, 2) } }
const { epochs } = flagsOf({ name: 'examples/jaxjs/digits.ts', about, table })
await init('wasm')
defaultDevice('wasm')
await train(loadDigits(), epochs, ({ epoch, loss, error }) => {
  console.log(`epoch ${epoch}: loss ${loss.toFixed(3)}, ${(100 * error).toFixed(1)} % of the test digits wrong`)
})
