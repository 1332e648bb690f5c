import { applied } from './applied.ts'
import type { Law } from './law.ts'
import { runs } from './runs.ts'
import { sameNumbers, within } from './same.ts'

/**
 * `step` = `update`, then `applyUpdates`. In float64 within 1e-12, on tensors within 1e-5 of the largest number involved: fused, the update is
 * not rounded to float32 before it is added.
 */
export const stepFuses: Law = {
  name: 'steps as it updates and applies',
  worlds: 'both',
  numbers: 'ordinary',
  steps: 2,
  applies: () => true,
  holds: ({ tx }, world, scenario) =>
    runs(tx.form, world, scenario, async ({ machine, params, state, step, read }) => {
      const alike = world.rounds ? within(1e-5, 1e-3) : within(1e-12, 1e-3)
      const start = machine.update(step(0).grads, state, params, step(0).extra)
      const { grads, extra } = step(1)
      const fused = machine.step(grads, start.state, params, extra)
      const apart = machine.update(grads, start.state, params, extra)
      const moved = applied(world, params, apart.updates!)
      try {
        sameNumbers('params of step', await read(fused.params), await read(moved), alike)
        sameNumbers('state of step', await read(fused.state), await read(apart.state), alike)
      } finally {
        world.drop(moved)
      }
    }),
}
