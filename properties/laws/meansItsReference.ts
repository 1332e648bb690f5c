import type { Law } from './law.ts'
import { runThrough } from './runs.ts'
import { sameNumbers, within } from './same.ts'
import type { Subject } from './subject.ts'

/** The updates are those of another transformation that is known to be right, within 1e-9 in float64, step after step. */
export const meansItsReference: Law = {
  name: 'means its reference',
  worlds: 'float64',
  numbers: 'ordinary',
  steps: 4,
  applies: ({ reference }) => reference !== undefined,
  holds: async ({ tx, reference }, world, scenario) => {
    for (const t of scenario.steps.keys()) {
      const begun = { ...scenario, steps: scenario.steps.slice(0, t + 1) }
      const made = await runThrough(tx.form, world, begun, 'update')
      const meant = await runThrough((reference as NonNullable<Subject['reference']>).form, world, begun, 'update')
      sameNumbers(`update ${t + 1}`, made.updates, meant.updates, within(1e-9, 1e-6))
    }
  },
}
