import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { add, less, neg, select } from '../../lib/expr/expr.ts'
import { rule } from '../../lib/form/transformation.ts'

/**
 * Cuts updates short where they would make a parameter negative. For the end of a chain.
 *
 *     u = −p where p + g < 0, else g
 *
 * Parameters that start at 0 or above stay there.
 *
 * Shapes: u is shaped like g. State: none. Needs the parameters.
 * Errors: `missing-params`.
 * Source: optax, `keep_params_nonnegative`.
 */
export const keepParamsNonnegative = (...excess: Excess) => {
  noExcess('keepParamsNonnegative', excess)
  return rule({
    name: 'keepParamsNonnegative',
    slots: {},
    update: ({ g, p }) => ({ u: select(less(add(p, g), 0), neg(p), g), next: {} }),
  })
}
