/** Bad inputs over the public API, by subject: each is refused by its places, with everything alive and nothing left. */
import { describe } from 'vitest'
import '../../lib/gradients.ts'
import { describeEngines, testEngine, testEngines } from '../devices/engines.ts'
import { testRefused } from './refused.ts'
import { args } from './tables/arguments.ts'
import { losses } from './tables/losses.ts'
import { numbers } from './tables/numbers.ts'
import { options } from './tables/options.ts'
import { properties } from './tables/properties.ts'
import { trainStates } from './tables/trainStates.ts'
import { transformations } from './tables/transformations.ts'
import { trees } from './tables/trees.ts'

// What is refused before an engine is asked.
describeEngines([testEngine('wasm')], () => {
  describe.each([
    ['what is no transformation', transformations],
    ['options', options],
    ['arguments', args],
    ['what tests optimizers', properties],
  ] as const)('%s', (_, rows) => testRefused(rows))
})

describeEngines(testEngines, () => {
  describe.each([
    ['trees', trees],
    ['losses', losses],
    ['numbers that are none', numbers],
    ['train states', trainStates],
  ] as const)('%s', (_, rows) => testRefused(rows))
})
