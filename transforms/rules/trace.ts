import { checkOptions, flag, fraction } from '../../lib/check/options.ts'
import { add, mul } from '../../lib/expr/expr.ts'
import { rule } from '../../lib/form/transformation.ts'
import { moment } from '../../lib/rule/slot.ts'

/** Options of `trace`. */
export interface TraceOptions {
  readonly decay: number
  readonly nesterov?: boolean
}

/**
 * Accumulates a trace of past updates: momentum.
 *
 *     trace' = g + decay·trace
 *     u      = trace', or g + decay·trace' with nesterov
 *
 * Shapes: u and trace are shaped like g. Defaults: nesterov = false; decay must be given.
 * Errors: `bad-hyperparameter` unless 0 ≤ decay ≤ 1.
 * Source: optax, `trace`; Sutskever et al. 2013, "On the importance of initialization and momentum in deep learning".
 */
export const trace = (options: TraceOptions) => {
  checkOptions('trace', options, { decay: fraction, nesterov: flag }, ['decay'])
  const { decay, nesterov = false } = options
  return rule({
    name: 'trace',
    slots: { trace: moment },
    update: ({ g }, state) => {
      const next = add(g, mul(decay, state.trace))
      return { u: nesterov ? add(g, mul(decay, next)) : next, next: { trace: next } }
    },
  })
}
