import { type Excess, noExcess } from '../../../lib/data/excess.ts'
import { abs, add, type Expr, less, sub } from '../../../lib/expr/expr.ts'
import { meanLeaf } from '../../../lib/expr/words.ts'
import { rule } from '../../../lib/form/transformation.ts'
import { copyOfParams, counter, perLeaf } from '../../../lib/rule/slot.ts'

/** 1 for a negative weight, 0 for the others: the sign of 0 is +1. */
const isNegative = (x: Expr<'cell'>): Expr<'cell'> => less(x, 0)

/**
 * Counts, leaf by leaf, how many weights changed their sign with the last update; the updates pass unchanged.
 *
 *     u         = g
 *     flips'    = mean over the leaf of |[previous < 0] − [p < 0]|
 *     previous' = p
 *
 * It sees the parameters before the update, so it tells of a step one step late: after update t, flips is what update t − 1 did. A leaf's number
 * is `flipFlopRatio` of that leaf. The state keeps a copy of the parameters.
 *
 * Shapes: u is shaped like g; flips is one number a leaf. Needs the parameters. Errors: `missing-params`.
 * Source: the FF ratio of Liu et al. 2021, arXiv 2106.11309, section 4.
 */
export const trackFlips = (...excess: Excess) => {
  noExcess('trackFlips', excess)
  return rule({
    name: 'trackFlips',
    slots: { count: counter, previous: copyOfParams, flips: perLeaf() },
    update: ({ g, p }, { count, previous }) => ({
      u: g,
      next: { count: add(count, 1), previous: p, flips: meanLeaf(abs(sub(isNegative(previous), isNegative(p)))) },
    }),
  })
}
