import { chain } from '../../transforms/combinators/chain.ts'
import { scale } from '../../transforms/rules/scale.ts'
import { trace } from '../../transforms/rules/trace.ts'
import type { Law } from './law.ts'
import { runThrough } from './runs.ts'
import { sameNumbers } from './same.ts'

const before = trace({ decay: 0.5 })
const behind = scale(-0.25)

/** chain(chain(a, b), c) = chain(a, chain(b, c)) = chain(a, b, c), bit for bit. */
export const chainAssociative: Law = {
  name: 'chains associatively',
  worlds: 'both',
  numbers: 'any',
  steps: 2,
  applies: () => true,
  holds: async ({ tx, outermost }, world, scenario) => {
    const [a, b, c] = outermost ? [before, behind, tx] : [before, tx, behind]
    const ways = [chain(a, b, c), chain(chain(a, b), c), chain(a, chain(b, c))]
    const [flat, left, right] = await Promise.all(
      ways.map(async ({ form }) => {
        const { params, ahead } = await runThrough(form, world, scenario, 'lookahead')
        return { params, ...(ahead && { ahead }) }
      }),
    )
    sameNumbers('chain(chain(a, b), c)', left, flat)
    sameNumbers('chain(a, chain(b, c))', right, flat)
  },
}
