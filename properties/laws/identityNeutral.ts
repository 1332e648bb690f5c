import { chain } from '../../transforms/combinators/chain.ts'
import { identity } from '../../transforms/combinators/identity.ts'
import type { Law } from './law.ts'
import { runThrough } from './runs.ts'
import { sameNumbers } from './same.ts'

/** chain(identity(), a) = a = chain(a, identity()), bit for bit. */
export const identityNeutral: Law = {
  name: 'does not notice identity',
  worlds: 'both',
  numbers: 'any',
  steps: 2,
  applies: () => true,
  holds: async ({ tx }, world, scenario) => {
    const { updates } = await runThrough(tx.form, world, scenario, 'update')
    for (const [what, both] of [
      ['chain(identity(), a)', chain(identity(), tx)],
      ['chain(a, identity())', chain(tx, identity())],
    ] as const) {
      sameNumbers(what, (await runThrough(both.form, world, scenario, 'update')).updates, updates)
    }
  },
}
