import { checkOptions, decay, finite } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, equal, mul, select } from '../../lib/expr/expr.ts'
import { ema as average } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'
import { counter, moment } from '../../lib/rule/slot.ts'

/** Options of `grokfastEma`. */
export interface GrokfastEmaOptions {
  readonly alpha?: number
  readonly lamb?: number
}

/**
 * Amplifies the slow part of gradients: adds a moving average to each. For the front of a chain.
 *
 *     ema' = alpha·ema + (1 − alpha)·g; in the first step g
 *     u    = g + lamb·ema'
 *
 * Shapes: u and ema are shaped like g; count is one number a tree. Defaults: alpha = 0.98, lamb = 2.
 * Errors: `bad-hyperparameter` unless 0 ≤ alpha < 1 and lamb is finite.
 * Source: Lee et al. 2024, Algorithm 2, arXiv 2405.20233; the authors' `gradfilter_ema`, whose average starts at the first gradient.
 */
export const grokfastEma = (options: GrokfastEmaOptions = {}, ...excess: Excess) => {
  checkOptions('grokfastEma', options, { alpha: decay, lamb: finite }, excess)
  const { alpha = 0.98, lamb = 2 } = options
  return rule({
    name: 'grokfastEma',
    slots: { count: counter, ema: moment },
    update: ({ g }, state) => {
      const ema = select(equal(state.count, 0), g, average(state.ema, g, alpha))
      return { u: add(g, mul(lamb, ema)), next: { count: add(state.count, 1), ema } }
    },
  })
}
