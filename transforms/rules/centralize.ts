import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { mask, select, sub } from '../../lib/expr/expr.ts'
import { rule } from '../../lib/form/transformation.ts'
import { axes, meanAxes } from '../../lib/rule/axes.ts'

const allButTheFirst = axes('all axes but the first', ({ rank }) => Array.from({ length: rank - 1 }, (_, i) => i + 1))
const isMatrix = mask('two axes or more', ({ rank }) => rank > 1)

/**
 * Subtracts from the update of each unit its mean.
 *
 *     u = g − mean(g), the mean over all axes but the first, for leaves of two axes or more; else u = g
 *
 * Shapes: u is shaped like g. State: none. One pass over the gradients more.
 * Source: Yong et al. 2020, arXiv 2004.01461; optax, `centralize`.
 */
export const centralize = (...excess: Excess) => {
  noExcess('centralize', excess)
  return rule({
    name: 'centralize',
    slots: {},
    update: ({ g }) => ({ u: select(isMatrix, sub(g, meanAxes(g, allButTheFirst)), g), next: {} }),
  })
}
