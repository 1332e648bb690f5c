import type { Excess } from '../../lib/data/excess.ts'
import type { ArrayOps } from '../../lib/hosts/arrayOps.ts'
import type { Shaped } from '../../lib/hosts/engine.ts'
import { checkGiven, withAxes } from './given.ts'

/**
 * Means over axes; with `keep` they stay, as 1.
 *
 *     sum over the axes / how many numbers that is
 *
 * Defaults: axes = all, keep = false. The mean of no numbers is NaN. Errors: `bad-argument`. Source: NumPy, `mean`.
 */
export const mean = <A extends Shaped>(
  ops: ArrayOps<A>,
  x: A,
  axes?: readonly number[],
  keep = false,
  ...excess: Excess
): A => {
  checkGiven('mean', ops, { x: [x, withAxes(axes ?? [])] }, excess)
  const own = axes?.map((axis) => (axis < 0 ? axis + x.shape.length : axis)) ?? [...x.shape.keys()]
  const count = own.reduce((product, axis) => product * (x.shape[axis] as number), 1)
  return ops.mul(ops.sum(x, own, keep), 1 / count)
}
