import { checkArgument, notNegative } from '../../lib/check/options.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { max, min } from '../../lib/expr/expr.ts'
import { rule } from '../../lib/form/transformation.ts'

/**
 * Clips every update to [−maxDelta, maxDelta].
 *
 *     u = min(max(g, −maxDelta), maxDelta); NaN stays NaN
 *
 * Shapes: u is shaped like g. State: none.
 * Errors: `bad-hyperparameter` unless maxDelta is a number from 0 up.
 * Source: optax, `clip`.
 */
export const clip = (maxDelta: number, ...excess: Excess) => {
  noExcess('clip', excess)
  checkArgument('clip: maxDelta', maxDelta, notNegative)
  return rule({ name: 'clip', slots: {}, update: ({ g }) => ({ u: min(max(g, -maxDelta), maxDelta), next: {} }) })
}
