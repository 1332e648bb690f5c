import type { Excess } from '../../lib/data/excess.ts'
import { type Fault, raiseAs } from '../../lib/errors/error.ts'
import { badMakers, noMaker } from '../../lib/errors/transforms/arrays.ts'
import type { ArrayOps } from '../../lib/hosts/arrayOps.ts'
import type { Shaped } from '../../lib/hosts/engine.ts'
import { choose as made } from '../../lib/stage/numbers.ts'
import { checkGiven } from './given.ts'

/**
 * What one of two functions makes, by a number that a stage keeps or makes of such.
 *
 *     choose(ops, test, yes, no) = yes() where test is not 0, else no()
 *
 * `test ? yes() : no()` is the same where the stage runs; `toOptax` can say this alone. Both make arrays, numbers, or trees of these, of one structure
 * and the same shapes. Errors: `bad-argument` for what is no function. Source: foregrad.
 *
 * @example const isNew = arrayOps.numberOf(ops, (t) => expr.equal(t, 0), state.count)
 * const basis = arrayOps.choose(ops, isNew, () => arrayOps.qr(ops, x).q, () => state.basis)
 */
export const choose = <A extends Shaped, T>(
  ops: ArrayOps<A>,
  test: number,
  yes: () => T,
  no: () => T,
  ...excess: Excess
): T => {
  checkGiven('choose', ops, {}, excess)
  const faults = Object.entries({ yes, no }).flatMap(([name, f]): Fault[] =>
    typeof f === 'function' ? [] : [noMaker(name, f)],
  )
  raiseAs(badMakers, faults)
  return made(ops, test, yes, no)
}
