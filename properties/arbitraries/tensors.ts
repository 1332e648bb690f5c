import * as tf from '@tensorflow/tfjs-core'
import type fc from 'fast-check'
import type { NdArray } from '../../lib/data/ndArray.ts'
import { type Tree, treeMap } from '../../lib/data/tree.ts'
import { arrayTrees, checkArrays } from './arrays.ts'
import { ordinaryNumbers } from './numbers.ts'

/** The same numbers as float32 tensors on the active backend. The caller disposes them. */
export const toTensors = (tree: Tree<NdArray>): Tree<tf.Tensor> => {
  checkArrays('toTensors: tree', tree)
  return treeMap(tree, ({ data, shape }) => tf.tensor(Float32Array.from(data), [...shape], 'float32'))
}

/**
 * Trees of tensors, made when asked for: fast-check may draw values that no run uses, and nobody would dispose those.
 *
 * @example fc.property(tensorTrees(), (make) => { const tree = make(); …; dispose(tree) })
 */
export const tensorTrees = (number = ordinaryNumbers): fc.Arbitrary<() => Tree<tf.Tensor>> =>
  arrayTrees(number).map((tree) => () => toTensors(tree))
