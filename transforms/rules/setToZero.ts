import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { type Expr, lift } from '../../lib/expr/expr.ts'
import { rule } from '../../lib/form/transformation.ts'

/**
 * Replaces every update by 0, also where it is NaN or infinite.
 *
 *     u = 0
 *
 * Shapes: u is shaped like g. State: none. Source: optax, `set_to_zero`.
 */
export const setToZero = (...excess: Excess) => {
  noExcess('setToZero', excess)
  return rule({ name: 'setToZero', slots: {}, update: () => ({ u: lift(0) as Expr as Expr<'cell'>, next: {} }) })
}
