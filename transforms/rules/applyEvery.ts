import { checkArgument, positiveInteger } from '../../lib/check/options.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { add, div, equal, floor, mul, select, sub } from '../../lib/expr/expr.ts'
import { rule } from '../../lib/form/transformation.ts'
import { choose } from '../../lib/rule/cut.ts'
import { counter, moment } from '../../lib/rule/slot.ts'

/**
 * Sums updates and passes the sum on every k steps; between, updates are 0. What stands before it goes on moving: to hold an optimizer's
 * state still as well, use `multiSteps`.
 *
 *     acc = (count = 0 ? 0 : gradAcc) + g;  u = acc where count = k − 1, else 0;  count' = (count + 1) mod k
 *
 * Shapes: u and gradAcc are shaped like g; count is one number. State: { count, gradAcc }. Defaults: k = 1.
 * Errors: `bad-hyperparameter` unless k is an integer from 1 up. Source: optax, `apply_every`.
 */
export const applyEvery = (k = 1, ...excess: Excess) => {
  noExcess('applyEvery', excess)
  checkArgument('applyEvery: k', k, positiveInteger)
  return rule({
    name: 'applyEvery',
    slots: { count: counter, gradAcc: moment },
    update: ({ g }, { count, gradAcc }) => {
      const turn = sub(count, mul(k, floor(div(count, k))))
      const acc = add(select(equal(turn, 0), 0, gradAcc), g)
      const next = add(turn, 1)
      return {
        u: choose(equal(turn, k - 1), acc, -0),
        next: { count: select(equal(next, k), 0, next), gradAcc: acc },
      }
    },
  })
}
