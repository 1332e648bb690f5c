/**
 * Trains on real handwritten digits with plain arrays and a gradient written by hand: no tensor library is loaded.
 *
 *     npx tsx examples/arrays/digits.ts
 */

import { flagsOf } from '../flags.ts'
import { loadDigits } from '../mnist/handwritten.ts'
import { train } from './train.ts'

flagsOf({
  name: 'examples/arrays/digits.ts',
  about:
    'Trains on real handwritten digits with plain arrays and a gradient written by hand: no tensor library is loaded.',
  table: {},
})

train(loadDigits(), 3, ({ epoch, loss, error }) => {
  console.log(`epoch ${epoch}: loss ${loss.toFixed(3)}, ${(100 * error).toFixed(1)} % of the test digits wrong`)
})
