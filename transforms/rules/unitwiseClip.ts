import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { div, type Expr, less, max, mul, select } from '../../lib/expr/expr.ts'

/**
 * Updates of at most a norm, unit by unit: an expression, to build rules with.
 *
 *     g where gNorm < maxNorm, else g·maxNorm / max(gNorm, divEps)
 *
 * Default: divEps = 1e-6.
 * Source: Brock et al. 2021, arXiv 2102.06171; optax, `unitwise_clip`.
 */
export const unitwiseClip = (
  gNorm: Expr<'cell'>,
  maxNorm: Expr<'cell'>,
  g: Expr<'cell'>,
  divEps = 1e-6,
  ...excess: Excess
): Expr<'cell'> => {
  noExcess('unitwiseClip', excess)
  return select(less(gNorm, maxNorm), g, mul(g, div(maxNorm, max(gNorm, divEps))))
}
