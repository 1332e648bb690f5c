/** The dtypes of tensors in trees. Of tfjs alone: leaves of other hosts have one dtype, float32. */
import * as tf from '@tensorflow/tfjs-core'
import { checkRunArgument, oneOf } from '../../lib/check/options.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { pathText } from '../../lib/data/path.ts'
import { type Tree, treeEntries, treeMap, treeZip } from '../../lib/data/tree.ts'
import { describe, faultAt, raiseAs } from '../../lib/errors/error.ts'
import { disposedOne, noTensorOfNumbers, oneOfDtype } from '../../lib/errors/transforms/losses.ts'
import { mixedDtypes, noTrees } from '../../lib/errors/transforms/trees.ts'

/** The dtypes of numbers, each of which holds those before it. */
const dtypes = ['bool', 'int32', 'float32'] as const
export type NumberType = (typeof dtypes)[number]

const dtypeKind = oneOf(...dtypes)

/** What there is in the place of a tensor of numbers. */
const notNumbers = (x: unknown): string => {
  if (!(x instanceof tf.Tensor)) return describe(x)
  return x.isDisposed ? disposedOne : oneOfDtype(x.dtype)
}

const checkTensors = (where: string, tree: Tree<tf.Tensor>): void => {
  const faults = treeEntries<unknown>(tree as never).flatMap(([path, x]) =>
    x instanceof tf.Tensor && !x.isDisposed && dtypes.includes(x.dtype as NumberType)
      ? []
      : [noTensorOfNumbers(`${where}: ${pathText(path)}`, notNumbers(x))],
  )
  raiseAs(noTrees, faults)
}

/** To bool not by a cast: tfjs's wasm backend casts 0.4 to false. */
const cast = (x: tf.Tensor, dtype: string): tf.Tensor => {
  if (x.dtype === dtype) return tf.clone(x)
  return dtype === 'bool' ? tf.notEqual(x, tf.zerosLike(x)) : tf.cast(x, dtype as NumberType)
}

/**
 * The tree with every leaf of this dtype; without one, as it is. Leaves are handles of their own. To int32 numbers are cut towards 0, to bool what is
 * not 0 is true.
 *
 * Errors: `bad-argument` for another dtype than 'float32', 'int32' and 'bool', and for what is no tensor of numbers. Source: optax, `tree_cast`.
 */
export const treeCast = (tree: Tree<tf.Tensor>, dtype?: NumberType, ...excess: Excess): Tree<tf.Tensor> => {
  noExcess('treeCast', excess)
  if (dtype !== undefined) checkRunArgument('treeCast: dtype', dtype, dtypeKind)
  checkTensors('treeCast', tree)
  return tf.tidy(
    () => treeMap<tf.Tensor, tf.Tensor>(tree, (x) => cast(x, dtype ?? x.dtype)) as tf.TensorContainer,
  ) as never
}

/**
 * The tree with every leaf of the dtype that the other tree has there.
 *
 * Errors: `tree-mismatch`, and those of `treeCast`. Source: optax, `tree_cast_like`.
 */
export const treeCastLike = (tree: Tree<tf.Tensor>, otherTree: Tree<tf.Tensor>, ...excess: Excess): Tree<tf.Tensor> => {
  noExcess('treeCastLike', excess)
  checkTensors('treeCastLike: tree', tree)
  checkTensors('treeCastLike: otherTree', otherTree)
  return tf.tidy(() => {
    const made = treeZip<tf.Tensor, tf.Tensor, tf.Tensor>(tree, otherTree, (x, { dtype }) => cast(x, dtype))
    return made as tf.TensorContainer
  }) as never
}

/**
 * The dtype that all leaves have; of a tree without leaves, float32. Where they differ: an error, or the one that holds all of them ('highest', also as
 * 'promote'), or the one that all of them hold ('lowest').
 *
 * Errors: `bad-argument` with every leaf of another dtype than the first. Source: optax, `tree_dtype`.
 */
export const treeDtype = (
  tree: Tree<tf.Tensor>,
  mixedDtypeHandler?: 'promote' | 'highest' | 'lowest',
  ...excess: Excess
): NumberType => {
  noExcess('treeDtype', excess)
  if (mixedDtypeHandler !== undefined)
    checkRunArgument('treeDtype: mixedDtypeHandler', mixedDtypeHandler, oneOf('promote', 'highest', 'lowest'))
  checkTensors('treeDtype', tree)
  const leaves = treeEntries(tree).map(([path, { dtype }]) => [path, dtype as NumberType] as const)
  const [first] = leaves
  if (first === undefined) return 'float32'
  if (mixedDtypeHandler === undefined) {
    const faults = leaves.flatMap(([path, dtype]) =>
      dtype === first[1] ? [] : [faultAt(`treeDtype: ${pathText(path)}`, first[1], dtype)],
    )
    raiseAs(mixedDtypes, faults)
  }
  const ranks = leaves.map(([, dtype]) => dtypes.indexOf(dtype))
  return dtypes[mixedDtypeHandler === 'lowest' ? Math.min(...ranks) : Math.max(...ranks)] as NumberType
}
