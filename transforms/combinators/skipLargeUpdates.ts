import { checkArgument, notNegative } from '../../lib/check/options.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { type Expr, less } from '../../lib/expr/expr.ts'
import { sumTree } from '../../lib/expr/reductions.ts'
import { not, square } from '../../lib/expr/words.ts'
import type { SkipState } from './skipNotFinite.ts'

/**
 * Leaves out a mini-step whose gradient is large: `multiSteps(tx, { shouldSkipUpdateFn: (g, step, p) => skipLargeUpdates(g, step, p, 42) })`.
 *
 *     normSquared = ‖g‖² over the whole tree;  shouldSkip = not (normSquared < maxSquaredNorm), so also where it is NaN
 *
 * Errors: `bad-hyperparameter` unless maxSquaredNorm is a number from 0 up.
 * Source: optax, `skip_large_updates`.
 */
export const skipLargeUpdates = (
  updates: Expr<'cell'>,
  _gradientStep: Expr<'step'>,
  _params: Expr<'cell'>,
  maxSquaredNorm: number,
  ...excess: Excess
): SkipState => {
  noExcess('skipLargeUpdates', excess)
  checkArgument('skipLargeUpdates: maxSquaredNorm', maxSquaredNorm, notNegative)
  const normSquared = sumTree(square(updates))
  return { shouldSkip: not(less(normSquared, maxSquaredNorm)), normSquared }
}
