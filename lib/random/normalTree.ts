import { sizeOf } from '../data/shape.ts'
import { type Tree, treeMap } from '../data/tree.ts'
import type { Shaped } from '../hosts/engine.ts'
import type { TrainingHost } from '../hosts/host.ts'
import type { Key } from './key.ts'
import { normals } from './normals.ts'

/** `normalTree` on the leaves of a host: leaf number i of draw number `step` is `normals(key, size, { step, leaf: i })`. */
export const normalTreeOn =
  <B extends Shaped>({ make }: Pick<TrainingHost<B, unknown>, 'make'>) =>
  (key: Key, like: Tree<B>, step: number): Tree<B> => {
    let leaf = 0
    return treeMap<B, B>(like, ({ shape }) => make(normals(key, sizeOf(shape), { step, leaf: leaf++ }), shape))
  }
