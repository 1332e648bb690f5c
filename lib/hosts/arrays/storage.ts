/** The arrays of an instance, as storing sees them. */
import { goneArray } from '../../errors/arrays.ts'
import { givenBack } from '../../errors/trees.ts'
import type { Store } from '../../store/stores.ts'
import type { Heap } from './heap.ts'
import { ArrayLeaf } from './leaf.ts'

export const arraysStorage: Store<ArrayLeaf> = {
  isArray: (x): x is ArrayLeaf => x instanceof ArrayLeaf,
  fault: ({ at }) => (at < 0 ? goneArray(givenBack) : undefined),
  dtype: () => 'float32',
  shape: ({ shape }) => shape,
  read: ({ data }) => data,
  make: (_, shape, numbers, like) => {
    const made = ((like as ArrayLeaf).heap as Heap).make([...shape])
    made.data.set(numbers)
    return made
  },
  dispose: (leaf) => (leaf.heap as Heap).giveBack(leaf),
}
