import * as tf from '@tensorflow/tfjs-core'
import { raiseFaults, soundFaults } from '../../check/check.ts'
import { type Excess, noExcess } from '../../data/excess.ts'
import { treeMap } from '../../data/tree.ts'
import { tensorsAdvice } from '../../errors/trees.ts'
import type { Params } from '../../form/transformation.ts'
import type { Key } from '../../random/key.ts'
import { normals } from '../../random/normals.ts'
import { tfjsHost } from './host.ts'
import { tensorLeaf } from './tensorLeaf.ts'

/**
 * A tree of normal numbers shaped like `like`: leaf number i of draw number `step` is `normals(key, size, { step, leaf: i })`.
 *
 * The caller disposes it. Errors: `tree-mismatch` unless `like` is a tree of float32 tensors; those of `normals`.
 */
export const normalTree = (key: Key, like: Params, step = 0, ...excess: Excess): Params => {
  noExcess('normalTree', excess)
  raiseFaults(soundFaults(like, 'normalTree: like', tensorLeaf), tensorsAdvice)
  let leaf = 0
  const draw = ({ shape, size }: tf.Tensor): tf.Tensor =>
    tf.tensor(normals(key, size, { step, leaf: leaf++ }), shape, 'float32')
  return tfjsHost.engine().scope(() => treeMap<tf.Tensor, tf.Tensor>(like, draw))
}
