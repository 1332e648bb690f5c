import type { Excess } from '../../lib/data/excess.ts'
import type { ArrayOps } from '../../lib/hosts/arrayOps.ts'
import type { Shaped } from '../../lib/hosts/engine.ts'
import { axisLast } from './axisLast.ts'
import { checkGiven, withAxes } from './given.ts'

/**
 * The numbers along an axis from the smallest up: x at the places of `argsort`.
 *
 * Shapes: as x. NaN is not foreseen. Default: axis = −1, the last. Errors: `bad-argument`. Source: NumPy, `sort`.
 */
export const sort = <A extends Shaped>(ops: ArrayOps<A>, x: A, axis = -1, ...excess: Excess): A => {
  checkGiven('sort', ops, { x: [x, withAxes([axis])] }, excess)
  return axisLast(ops, axis, [x], (rows) => ops.take(rows, ops.argsort(rows)))
}
