import type { Law } from './law.ts'
import { runs } from './runs.ts'
import { sameStructure } from './same.ts'

/** Updates, new parameters and the predicted ones are shaped like the parameters, and every state like the first one. */
export const structureKept: Law = {
  name: 'keeps the structure',
  worlds: 'both',
  numbers: 'any',
  steps: 2,
  applies: () => true,
  holds: (subject, world, scenario) =>
    runs(subject.tx.form, world, scenario, async ({ machine, params, state, step, read }) => {
      const first = await read(state)
      const shape = scenario.params
      const updated = machine.update(step(0).grads, state, params, step(0).extra)
      sameStructure('updates', await read(updated.updates), shape)
      sameStructure('state', await read(updated.state), first)
      const stepped = machine.step(step(1).grads, updated.state, params, step(1).extra)
      sameStructure('params', await read(stepped.params), shape)
      sameStructure('state', await read(stepped.state), first)
      const looked = machine.lookahead(step(1).grads, updated.state, params, step(1).extra)
      if (subject.marked) sameStructure('ahead', await read(looked.ahead), shape)
    }),
}
