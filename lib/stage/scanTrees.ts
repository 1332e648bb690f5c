import type { Tree } from '../data/tree.ts'
import type { ArrayOps, TreeScan } from '../hosts/arrayOps.ts'
import type { Shaped } from '../hosts/engine.ts'

/** The tree after the last item, and what was made beside it, in the order of the items. Said so that a stage can be followed as well as run. */
export const scanTrees = <A extends Shaped, I extends Readonly<Record<string, Tree<A>>>>(
  ops: ArrayOps<A>,
  scan: TreeScan<A, I>,
): readonly [Tree<A>, readonly A[]] => {
  if (ops.follow) return ops.follow.scan(scan)
  const { start, items, turn, isBackward = false } = scan
  const outs: A[] = []
  let x = start
  for (const item of isBackward ? [...items].reverse() : items) {
    const [next, out] = turn(x, item)
    x = next
    if (out !== undefined) outs.push(out)
  }
  return [x, isBackward ? outs.reverse() : outs]
}
