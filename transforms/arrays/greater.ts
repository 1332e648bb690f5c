import type { Excess } from '../../lib/data/excess.ts'
import type { ArrayOps } from '../../lib/hosts/arrayOps.ts'
import type { Shaped } from '../../lib/hosts/engine.ts'
import { checkGiven, withAxes } from './given.ts'

/**
 * 1 where x > y, else 0: y < x, and for a number y −x < −y, which is the same.
 *
 * Shapes: x and y are spread over each other. Errors: `bad-argument`. Source: NumPy, `greater`.
 */
export const greater = <A extends Shaped>(ops: ArrayOps<A>, x: A, y: A | number, ...excess: Excess): A => {
  const [array, number] = typeof y === 'number' ? [x, y] : [y, undefined]
  checkGiven('greater', ops, { x: [x, withAxes([])], y: [array, withAxes([])] }, excess)
  return number === undefined ? ops.less(array, x) : ops.less(ops.neg(x), -number)
}
