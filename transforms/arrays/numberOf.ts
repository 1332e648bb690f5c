import { noFormula } from '../../lib/errors/transforms/arrays.ts'
import type { ArrayOps, NumberFormula } from '../../lib/hosts/arrayOps.ts'
import type { Shaped } from '../../lib/hosts/engine.ts'
import { numberOf as made } from '../../lib/stage/numbers.ts'
import { checkGiven } from './given.ts'

/**
 * A number made of numbers that a stage keeps in its state, by an expression, in float64.
 *
 *     numberOf(ops, f, x, y, …) = f(x, y, …)
 *
 * `state.count + 1` is the same where the stage runs; `toOptax` can say this alone. Shapes: numbers. Errors: `bad-argument` for `f` that is no function.
 * Source: foregrad.
 *
 * @example const correction = arrayOps.numberOf(ops, (t) => expr.sub(1, expr.pow(0.9, t)), state.count)
 */
export const numberOf = <A extends Shaped>(ops: ArrayOps<A>, f: NumberFormula, ...xs: readonly number[]): number => {
  checkGiven('numberOf', ops, {}, [])
  if (typeof f !== 'function') throw noFormula(f)
  return made(ops, f, ...xs)
}
