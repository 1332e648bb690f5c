import { checkArgument, notNegative } from '../../lib/check/options.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { div, less, mul, select } from '../../lib/expr/expr.ts'
import { normTree } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'

/**
 * Scales all updates together so that their global norm is at most maxNorm.
 *
 *     norm = √Σg² over all leaves
 *     u    = g where norm < maxNorm, else g·maxNorm / norm
 *
 * Shapes: u is shaped like g. State: none. One pass over the gradients more.
 * Errors: `bad-hyperparameter` unless maxNorm is a number from 0 up; with 0, u is 0 (where optax has 0/0 for g = 0).
 * Source: Pascanu et al. 2013, Algorithm 1, arXiv 1211.5063; optax, `clip_by_global_norm`.
 */
export const clipByGlobalNorm = (maxNorm: number, ...excess: Excess) => {
  noExcess('clipByGlobalNorm', excess)
  checkArgument('clipByGlobalNorm: maxNorm', maxNorm, notNegative)
  return rule({
    name: 'clipByGlobalNorm',
    slots: {},
    update: ({ g }) => {
      if (maxNorm === 0) return { u: mul(g, 0), next: {}, hypers: { maxNorm } }
      const norm = normTree(g)
      return { u: mul(g, select(less(norm, maxNorm), 1, div(maxNorm, norm))), next: {}, hypers: { maxNorm } }
    },
  })
}
