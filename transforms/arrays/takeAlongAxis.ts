import type { Excess } from '../../lib/data/excess.ts'
import type { ArrayOps } from '../../lib/hosts/arrayOps.ts'
import type { Shaped } from '../../lib/hosts/engine.ts'
import { axisLast } from './axisLast.ts'
import { checkGiven, withAxes } from './given.ts'

/** True for shapes that differ along one axis alone. */
const areAlike = (a: readonly number[], b: readonly number[], axis: number): boolean =>
  a.length === b.length && a.every((n, i) => n === b[i] || i === (axis < 0 ? axis + a.length : axis))

/**
 * The numbers at places along an axis, as `argsort` makes them.
 *
 *     result[…, i, …] = x[…, places[…, i, …], …]
 *
 * Shapes: places may differ from x along the axis alone; the result is shaped like places. Default: axis = −1, the last.
 * Errors: `bad-argument`; a place that is none is not looked for. Source: NumPy, `take_along_axis`.
 */
export const takeAlongAxis = <A extends Shaped>(ops: ArrayOps<A>, x: A, places: A, axis = -1, ...excess: Excess): A => {
  checkGiven('takeAlongAxis', ops, { x: [x, withAxes([axis])], places: [places, withAxes([axis])] }, excess)
  const like = {
    expected: `an array like x, but along axis ${axis}`,
    test: (s: readonly number[]) => areAlike(x.shape, s, axis),
  }
  checkGiven('takeAlongAxis', ops, { places: [places, like] }, [])
  return axisLast(ops, axis, [x, places], ops.take)
}
