import { checkArgument, finite } from '../../lib/check/options.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { mul } from '../../lib/expr/expr.ts'
import { rule } from '../../lib/form/transformation.ts'

/**
 * Multiplies updates by a number.
 *
 *     u = stepSize·g
 *
 * Shapes: u is shaped like g. State: none.
 * Errors: `bad-hyperparameter` unless stepSize is a finite number.
 * Source: optax, `scale`.
 */
export const scale = (stepSize: number, ...excess: Excess) => {
  noExcess('scale', excess)
  checkArgument('scale: stepSize', stepSize, finite)
  return rule({ name: 'scale', slots: {}, update: ({ g }) => ({ u: mul(stepSize, g), next: {} }) })
}
