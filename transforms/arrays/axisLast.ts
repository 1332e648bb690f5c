import type { ArrayOps } from '../../lib/hosts/arrayOps.ts'
import type { Shaped } from '../../lib/hosts/engine.ts'

/** Arrays of one rank with an axis as the last, given to `f`, and the axis of its result back in its place. */
export const axisLast = <A extends Shaped>(
  ops: ArrayOps<A>,
  axis: number,
  xs: readonly A[],
  f: (...xs: A[]) => A,
): A => {
  const rank = (xs[0] as A).shape.length
  const own = axis < 0 ? axis + rank : axis
  if (own === rank - 1) return f(...xs)
  const order = [...Array.from({ length: rank }, (_, i) => i).filter((i) => i !== own), own]
  const made = f(...xs.map((x) => ops.transpose(x, order)))
  return ops.transpose(
    made,
    order.map((_, i) => order.indexOf(i)),
  )
}
