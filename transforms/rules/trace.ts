import { checkOptions, flag, fraction } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, equal, mul, select } from '../../lib/expr/expr.ts'
import { type GradientTransformation, type Params, rule } from '../../lib/form/transformation.ts'
import { counter, moment } from '../../lib/rule/slot.ts'

/** Options of `trace`. */
export interface TraceOptions {
  readonly decay: number
  readonly nesterov?: boolean
  /** What of each gradient after the first is left out of the trace, as in torch. */
  readonly dampening?: number
}

/** The state of `trace`; `count` with dampening only. */
export interface TraceState {
  readonly trace: Params
  readonly count?: number
}

/**
 * Accumulates a trace of past updates: momentum.
 *
 *     trace' = g + decay·trace
 *     u      = trace', or g + decay·trace' with nesterov
 *
 * With `dampening`, trace' = g in the first update and decay·trace + (1 − dampening)·g in the others, as in torch.
 *
 * Shapes: u and trace are shaped like g. State: { trace }, and { count, trace } with dampening. Defaults: nesterov = false, dampening = 0; decay must be given.
 * Errors: `bad-hyperparameter` unless 0 ≤ decay ≤ 1.
 * Source: optax, `trace`; Sutskever et al. 2013, "On the importance of initialization and momentum in deep learning".
 */
export const trace = (options: TraceOptions, ...excess: Excess): GradientTransformation<TraceState> => {
  checkOptions('trace', options, { decay: fraction, nesterov: flag, dampening: fraction }, excess, ['decay'])
  const { decay, nesterov = false, dampening = 0 } = options
  if (dampening !== 0) return dampedTrace(decay, nesterov, dampening)
  return rule({
    name: 'trace',
    slots: { trace: moment },
    update: ({ g }, state) => {
      const next = add(g, mul(decay, state.trace))
      return { u: nesterov ? add(g, mul(decay, next)) : next, next: { trace: next }, hypers: { decay } }
    },
  })
}

const dampedTrace = (decay: number, nesterov: boolean, dampening: number): GradientTransformation<TraceState> =>
  rule({
    name: 'trace',
    slots: { count: counter, trace: moment },
    update: ({ g }, state) => {
      const damped = add(mul(1 - dampening, g), mul(decay, state.trace))
      const next = select(equal(state.count, 0), g, damped)
      return {
        u: nesterov ? add(g, mul(decay, next)) : next,
        next: { count: add(state.count, 1), trace: next },
        hypers: { decay },
      }
    },
  })
