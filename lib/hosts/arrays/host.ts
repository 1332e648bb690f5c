/** Plain float32 arrays as a host. */

import { floatsText, noArray, otherInstance } from '../../errors/arrays.ts'
import { describe } from '../../errors/error.ts'
import { ofShape } from '../../errors/kinds.ts'
import { givenBack } from '../../errors/trees.ts'
import { sameShape } from '../../form/layout.ts'
import type { Team } from '../../simd/threads/team.ts'
import type { Engine } from '../engine.ts'
import type { Host, LeafCheck } from '../host.ts'
import { ArraysEngine } from './engine.ts'
import type { Heap } from './heap.ts'
import { ArrayLeaf } from './leaf.ts'
import { isFloats } from './numbers.ts'
import { arrayOps } from './ops.ts'

const what = (x: unknown): string => (isFloats(x) ? floatsText(x.length) : describe(x))

/** A leaf is an array of this memory that was not given back. */
const leafOf =
  (heap: Heap): LeafCheck =>
  (leaf, shape) => {
    const isOne = leaf instanceof ArrayLeaf
    if (isOne && heap.isAlive(leaf) && (!shape || sameShape(leaf.shape, shape))) return undefined
    if (!isOne) return noArray(shape, what(leaf))
    if (leaf.at < 0) return noArray(shape, givenBack)
    if (leaf.heap !== heap) return noArray(shape, otherInstance)
    return noArray(shape, ofShape(leaf.shape))
  }

export const arraysHost = (heap: Heap, team?: Team): Host<ArrayLeaf> => {
  const engine = new ArraysEngine(heap, team) as Engine<ArrayLeaf, unknown>
  return {
    name: 'arrays',
    leaves: 'arrays made by from',
    engine: () => engine,
    check: leafOf(heap),
    areAlive: (leaves) => heap.areAlive(leaves),
    ops: arrayOps(heap),
  }
}
