import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { sign } from '../../lib/expr/expr.ts'
import { rule } from '../../lib/form/transformation.ts'

/**
 * Replaces every update by its sign.
 *
 *     u = sign(g), with sign(0) = 0
 *
 * Shapes: u is shaped like g. State: none.
 * Source: optax, `scale_by_sign`; Bernstein et al. 2018, arXiv 1802.04434.
 */
export const scaleBySign = (...excess: Excess) => {
  noExcess('scaleBySign', excess)
  return rule({ name: 'scaleBySign', slots: {}, update: ({ g }) => ({ u: sign(g), next: {} }) })
}
