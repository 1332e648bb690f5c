import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { div } from '../../lib/expr/expr.ts'
import { normTree } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'

/**
 * Divides all updates by their global norm.
 *
 *     u = g / ‖g‖, the norm over the whole tree; NaN where it is 0
 *
 * It is the first stage of the ascent in sharpness-aware minimisation; `normalizeByUpdateNorm` keeps away from 0 / 0.
 *
 * Shapes: u is shaped like g. State: none. One pass over the gradients more.
 * Source: Foret et al. 2021, arXiv 2010.01412; optax, `contrib.normalize`.
 */
export const normalize = (...excess: Excess) => {
  noExcess('normalize', excess)
  return rule({ name: 'normalize', slots: {}, update: ({ g }) => ({ u: div(g, normTree(g)), next: {} }) })
}
