import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { isNaN as isNan, select } from '../../lib/expr/expr.ts'
import { maxLeaf } from '../../lib/expr/reductions.ts'
import { rule } from '../../lib/form/transformation.ts'
import { perLeaf } from '../../lib/rule/slot.ts'

/**
 * Replaces NaN by 0 and remembers which leaves had one in the last update.
 *
 *     u         = 0 where g is NaN, else g
 *     foundNan' = 1 if any element of the leaf is NaN, else 0
 *
 * Shapes: u is shaped like g; foundNan is one number a leaf (0 or 1).
 * Source: optax, `zero_nans`.
 */
export const zeroNans = (...excess: Excess) => {
  noExcess('zeroNans', excess)
  return rule({
    name: 'zeroNans',
    slots: { foundNan: perLeaf() },
    update: ({ g }) => {
      const found = isNan(g)
      return { u: select(found, 0, g), next: { foundNan: maxLeaf(found) } }
    },
  })
}
