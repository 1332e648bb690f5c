/** Buffers of one's own. */
import { type Tree, treeLeaves, treeMap } from '../data/tree.ts'
import type { Shaped } from '../hosts/engine.ts'
import type { Host } from '../hosts/host.ts'

/** A state with a buffer of its own wherever it holds one that was given, so that each may be disposed alone. */
export const copied = <B extends Shaped>(state: unknown, given: unknown, host: Host<B>): unknown => {
  const theirs = new Set(treeLeaves(given as Tree<unknown>))
  const engine = host.engine()
  const own = (leaf: unknown): unknown =>
    theirs.has(leaf) && !host.check(leaf, undefined) ? engine.copy(leaf as B) : leaf
  return treeMap(state as Tree<unknown>, own)
}
