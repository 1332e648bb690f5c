import type { Excess } from '../../lib/data/excess.ts'
import type { ArrayOps } from '../../lib/hosts/arrayOps.ts'
import type { Shaped } from '../../lib/hosts/engine.ts'
import { axisLast } from './axisLast.ts'
import { checkGiven, withAxes } from './given.ts'

/**
 * The places of the numbers along an axis, from the smallest number up; equal numbers by place.
 *
 * Shapes: as x. The places are numbers 0, 1, …, exact in float32 up to 2^24. NaN is not foreseen. Default: axis = −1, the last.
 * Errors: `bad-argument`. Source: NumPy, `argsort` with kind 'stable'.
 */
export const argsort = <A extends Shaped>(ops: ArrayOps<A>, x: A, axis = -1, ...excess: Excess): A => {
  checkGiven('argsort', ops, { x: [x, withAxes([axis])] }, excess)
  return axisLast(ops, axis, [x], ops.argsort)
}
