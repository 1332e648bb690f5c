/**
 * Trains on real handwritten digits with plain arrays, the gradient from jax-js: any library that makes a gradient will do.
 *
 *     npx tsx examples/arrays/withJaxjs.ts [--epochs 2]
 */
import { defaultDevice, init } from '@jax-js/jax'
import { flagsOf, wholeFrom } from '../flags.ts'
import { loadDigits } from '../mnist/handwritten.ts'
import { jaxjsGradient } from './jaxjsGradient.ts'
import { train } from './train.ts'

const about = 'Trains on real handwritten digits with plain arrays, the gradient from jax-js.'
const table = { epochs: { help: 'how often each digit is seen', ...wholeFrom(1, 2) } }
const { epochs } = flagsOf({ name: 'examples/arrays/withJaxjs.ts', about, table })
await init('wasm')
defaultDevice('wasm')
train(
  loadDigits(),
  epochs,
  ({ epoch, loss, error }) => {
    console.log(`epoch ${epoch}: loss ${loss.toFixed(3)}, ${(100 * error).toFixed(1)} % of the test digits wrong`)
  },
  jaxjsGradient(),
)
