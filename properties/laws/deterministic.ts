import type { Law } from './law.ts'
import { runThrough } from './runs.ts'
import { sameNumbers } from './same.ts'

/** The same inputs give the same results, bit for bit, however often. */
export const deterministic: Law = {
  name: 'is deterministic',
  worlds: 'both',
  numbers: 'any',
  steps: 2,
  applies: () => true,
  holds: async ({ tx }, world, scenario) => {
    const first = await runThrough(tx.form, world, scenario, 'lookahead')
    const second = await runThrough(tx.form, world, scenario, 'lookahead')
    sameNumbers('the second run', second, first)
  },
}
