import { checkOptions, decay as decayKind, flag } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add } from '../../lib/expr/expr.ts'
import { ema as average, debias as unbias } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'
import { counter, moment } from '../../lib/rule/slot.ts'

/** Options of `ema`. */
export interface EmaOptions {
  readonly decay: number
  readonly debias?: boolean
}

/**
 * Replaces updates by their exponential moving average.
 *
 *     t    = count + 1
 *     ema' = decay·ema + (1 − decay)·g
 *     u    = ema' / (1 − decay^t), or ema' without debias
 *
 * Shapes: u and ema are shaped like g; count is one number a tree. Defaults: debias = true; decay must be given.
 * Errors: `bad-hyperparameter` unless 0 ≤ decay < 1.
 * Source: optax, `ema`.
 */
export const ema = (options: EmaOptions, ...excess: Excess) => {
  checkOptions('ema', options, { decay: decayKind, debias: flag }, excess, ['decay'])
  const { decay, debias = true } = options
  return rule({
    name: 'ema',
    slots: { count: counter, ema: moment },
    update: ({ g }, state) => {
      const count = add(state.count, 1)
      const next = average(state.ema, g, decay)
      return { u: debias ? unbias(next, decay, count) : next, next: { count, ema: next } }
    },
  })
}
