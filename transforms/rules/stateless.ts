import { aFunction, checkArgument } from '../../lib/check/options.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'
import type { Expr } from '../../lib/expr/expr.ts'
import { rule } from '../../lib/form/transformation.ts'

/** What a function without state is given: the gradient, and the parameters before the update. */
export interface StatelessInputs {
  readonly g: Expr<'cell'>
  readonly p: Expr<'cell'>
}

/**
 * Makes a transformation of a function that remembers nothing, written with the builders of `expr`.
 *
 *     u = f({ g, p })
 *
 * The function is called once, with expressions, so the result fuses, explains and runs on every engine. Where it uses p the parameters are
 * needed. A function of tensors is a stage by hand: `opaque`.
 *
 * Shapes: u is shaped like g. State: none.
 * Errors: `bad-hyperparameter` unless f is a function; `bad-rule` where it answers with no expression; `missing-params`.
 * Source: optax, `stateless`.
 *
 * @example const halved = stateless(({ g }) => expr.mul(0.5, g))
 */
export const stateless = (f: (given: StatelessInputs) => Expr<'cell'>, ...excess: Excess) => {
  noExcess('stateless', excess)
  checkArgument('stateless: f', f, { expected: 'a function of { g, p }', test: aFunction.test })
  return rule({ name: 'stateless', slots: {}, update: ({ g, p }) => ({ u: f({ g, p }), next: {} }) })
}
