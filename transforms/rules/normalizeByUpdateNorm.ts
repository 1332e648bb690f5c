import { checkOptions, finite, notNegative } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, div, mul } from '../../lib/expr/expr.ts'
import { normTree } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'

/** Options of `normalizeByUpdateNorm`. */
export interface NormalizeByUpdateNormOptions {
  readonly scaleFactor?: number
  readonly eps?: number
}

/**
 * Scales all updates together to one global norm.
 *
 *     u = g·scaleFactor / (‖g‖ + eps), the norm over the whole tree
 *
 * Shapes: u is shaped like g. State: none. One pass over the gradients more. Defaults: scaleFactor = 1, eps = 1e-6.
 * Errors: `bad-hyperparameter` unless scaleFactor is finite and eps ≥ 0.
 * Source: optax, `normalize_by_update_norm`.
 */
export const normalizeByUpdateNorm = (options: NormalizeByUpdateNormOptions = {}, ...excess: Excess) => {
  checkOptions('normalizeByUpdateNorm', options, { scaleFactor: finite, eps: notNegative }, excess)
  const { scaleFactor = 1, eps = 1e-6 } = options
  return rule({
    name: 'normalizeByUpdateNorm',
    slots: {},
    update: ({ g }) => ({ u: mul(g, div(scaleFactor, add(normTree(g), eps))), next: {} }),
  })
}
