import { chain } from '../../transforms/combinators/chain.ts'
import { predictAhead } from '../../transforms/rules/predictAhead.ts'
import type { Law } from './law.ts'
import { runThrough } from './runs.ts'
import { sameNumbers } from './same.ts'

/** A forecast of 0 steps is the new parameters, and changes neither them nor the update: bit for bit. */
export const zeroStepsAhead: Law = {
  name: 'looks 0 steps ahead for nothing',
  worlds: 'both',
  numbers: 'any',
  steps: 3,
  applies: ({ marked, outermost }) => !marked && !outermost,
  holds: async ({ tx }, world, scenario) => {
    const plain = await runThrough(tx.form, world, scenario, 'step')
    const marked = await runThrough(chain(tx, predictAhead({ steps: 0 })).form, world, scenario, 'lookahead')
    sameNumbers('params', marked.params, plain.params)
    sameNumbers('ahead', marked.ahead, plain.params)
  },
}
