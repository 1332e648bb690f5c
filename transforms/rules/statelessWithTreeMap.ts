import { aFunction, checkArgument } from '../../lib/check/options.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'
import type { Expr } from '../../lib/expr/expr.ts'
import { rule } from '../../lib/form/transformation.ts'

/**
 * Makes a transformation of a function of one gradient and its parameter, written with the builders of `expr`.
 *
 *     u = f(g, p)
 *
 * It is `stateless` with its inputs one after another, as optax has them.
 *
 * Shapes: u is shaped like g. State: none.
 * Errors: `bad-hyperparameter` unless f is a function; `bad-rule` where it answers with no expression; `missing-params`.
 * Source: optax, `stateless_with_tree_map`.
 *
 * @example const pulled = statelessWithTreeMap((g, p) => expr.sub(g, expr.mul(0.2, p)))
 */
export const statelessWithTreeMap = (f: (g: Expr<'cell'>, p: Expr<'cell'>) => Expr<'cell'>, ...excess: Excess) => {
  noExcess('statelessWithTreeMap', excess)
  checkArgument('statelessWithTreeMap: f', f, { expected: 'a function of g and p', test: aFunction.test })
  return rule({ name: 'statelessWithTreeMap', slots: {}, update: ({ g, p }) => ({ u: f(g, p), next: {} }) })
}
