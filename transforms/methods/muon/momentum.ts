import { ema } from '../../../lib/expr/words.ts'
import { rule } from '../../../lib/form/transformation.ts'
import { moment } from '../../../lib/rule/slot.ts'

/**
 * The momentum of most Muons, without bias correction.
 *
 *     mu' = beta·mu + (1 − beta)·g;  u = beta·mu' + (1 − beta)·g with `nesterov`, else mu'
 *
 * State: { mu }.
 */
export const momentum = (name: string, beta: number, nesterov: boolean) =>
  rule({
    name,
    slots: { mu: moment },
    update: ({ g }, state) => {
      const mu = ema(state.mu, g, beta)
      return { u: nesterov ? ema(mu, g, beta) : mu, next: { mu } }
    },
  })
