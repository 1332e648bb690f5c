import type { Law } from './law.ts'
import { runs } from './runs.ts'
import { sameNumbers } from './same.ts'

/** What `update`, `step` and `lookahead` are given is alive and the same afterwards, bit for bit. */
export const inputsUntouched: Law = {
  name: 'leaves its inputs untouched',
  worlds: 'both',
  numbers: 'any',
  steps: 1,
  applies: () => true,
  holds: ({ tx }, world, scenario) =>
    runs(tx.form, world, scenario, async ({ machine, params, state, step, read }) => {
      const { grads, extra } = step(0)
      const given = { params, state, grads, extra }
      const before = await read(given)
      for (const mode of ['update', 'step', 'lookahead'] as const) {
        machine[mode](grads, state, params, extra)
        sameNumbers(`what ${mode} was given`, await read(given), before)
      }
    }),
}
