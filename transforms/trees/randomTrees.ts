/** Trees of random numbers by explicit keys, and trees along a batch. Written against a host's arrays. */
import { callable, checkArgument, checkRunArgument, checkRunOptions, type Kind } from '../../lib/check/options.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { isShape, sizeOf } from '../../lib/data/shape.ts'
import { type Tree, treeMap } from '../../lib/data/tree.ts'
import { otherDraw } from '../../lib/errors/transforms/trees.ts'
import { foldIn, type Key, keyKind } from '../../lib/random/key.ts'
import { type DrawPlace, normals } from '../../lib/random/normals.ts'
import type { LossArrays } from '../losses/arrays.ts'

/** Draws `count` numbers of a key; `normals` and `gumbels` are such. */
export type Sampler = (key: Key, count: number, place: DrawPlace) => Float32Array

/** Options of `treeRandomLike`. */
export interface TreeRandomLikeOptions {
  readonly sampler?: Sampler
}

const aShape: Kind = { expected: 'a list of sizes from 0 up', test: isShape }

/**
 * Random numbers in the shape of every leaf.
 *
 *     leaf number i = sampler(key, size, { leaf: i })
 *
 * Default: normal numbers (`normals`). Errors: `bad-hyperparameter` for what is no key, `bad-argument` for a sampler that is no function or gives another
 * count of numbers. Source: optax, `tree_random_like`, whose numbers are JAX's.
 */
export const treeRandomLike =
  <A>(arrays: LossArrays<A>) =>
  (key: Key, tree: Tree<A>, options: TreeRandomLikeOptions = {}, ...excess: Excess): Tree<A> => {
    noExcess('treeRandomLike', excess)
    checkArgument('treeRandomLike: key', key, keyKind)
    checkRunOptions('treeRandomLike', options, { sampler: callable })
    return drawLike(arrays, 'treeRandomLike', key, tree, options.sampler ?? normals, 0)
  }

/** One such tree of many: the one with this number. */
export const drawLike = <A>(
  arrays: LossArrays<A>,
  where: string,
  key: Key,
  tree: Tree<A>,
  sampler: Sampler,
  step: number,
): Tree<A> => {
  let leaf = 0
  return treeMap<A, A>(tree, (x) => {
    const shape = arrays.shape(x)
    const count = sizeOf(shape)
    const drawn = sampler(key, count, { step, leaf: leaf++ })
    const fits = drawn instanceof Float32Array && drawn.length === count
    if (!fits) throw otherDraw(where, count, drawn)
    return arrays.make(drawn, shape)
  })
}

/**
 * Every leaf as often as a batch has places: with these axes before its own.
 *
 * Default: no axes. Errors: `bad-argument` for what is no shape. Source: optax, `tree_batch_shape`.
 */
export const treeBatchShape =
  <A>({ mul, ones, shape: shapeOf }: LossArrays<A>) =>
  (tree: Tree<A>, shape: readonly number[] = [], ...excess: Excess): Tree<A> => {
    noExcess('treeBatchShape', excess)
    checkRunArgument('treeBatchShape: shape', shape, aShape)
    return treeMap<A, A>(tree, (x) => mul(ones([...shape, ...shapeOf(x)]), x))
  }

/**
 * A key of its own for every leaf: foldIn(key, number of the leaf). No array is touched.
 *
 * Errors: `bad-hyperparameter` for what is no key. Source: optax, `tree_split_key_like`.
 */
export const treeSplitKeyLike = (key: Key, tree: Tree<unknown>, ...excess: Excess): Tree<Key> => {
  noExcess('treeSplitKeyLike', excess)
  checkArgument('treeSplitKeyLike: key', key, keyKind)
  let leaf = 0
  return treeMap<unknown, Key>(tree, () => foldIn(key, leaf++))
}
