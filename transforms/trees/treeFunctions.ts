/**
 * optax's functions of whole trees, by name, each an expression of leaves. Written against a host's arrays, as the losses are. `lib/tree.ts` binds
 * them to tensors.
 *
 * Trees of several arguments are alike; errors: `tree-mismatch` where they are not. Source: optax, `optax.tree` and `optax.tree_utils`.
 */

import { checkRunOptions, flag, integer, type Kind, positiveInteger } from '../../lib/check/options.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { type Tree, treeMap, treeReduce, treeZip } from '../../lib/data/tree.ts'
import { noNumberFor } from '../../lib/errors/transforms/trees.ts'
import type { LossArrays } from '../losses/arrays.ts'
import { absolute, dot, largestOf, total, treeBy } from './ofLeaves.ts'

const aNumber: Kind = { expected: 'a number', test: (x) => typeof x === 'number' && !Number.isNaN(x) }
const orders: readonly unknown[] = [1, 2, 'inf', Number.POSITIVE_INFINITY]
const anOrder: Kind = { expected: "1, 2, 'inf' or Infinity", test: (x) => orders.includes(x) }

const above0: Kind = { expected: 'a number above 0', test: (x) => aNumber.test(x) && (x as number) > 0 }

const checkNumber = (where: string, x: unknown, { expected, test }: Kind = aNumber): void => {
  if (!test(x)) throw noNumberFor(where, expected, x)
}

const elementwise =
  (name: string, op: 'add' | 'sub' | 'mul' | 'div') =>
  <A>(arrays: LossArrays<A>) =>
  (x: Tree<A>, y: Tree<A>, ...excess: Excess): Tree<A> => {
    noExcess(name, excess)
    return treeZip<A, A, A>(x, y, (a, b) => arrays[op](a, b))
  }

/** x + y, and more */
export const treeAdd =
  <A>(arrays: LossArrays<A>) =>
  (x: Tree<A>, y: Tree<A>, ...more: readonly Tree<A>[]): Tree<A> =>
    [y, ...more].reduce((sum, next) => elementwise('treeAdd', 'add')(arrays)(sum, next), x)
/** x − y */
export const treeSub = elementwise('treeSub', 'sub')
/** x·y */
export const treeMul = elementwise('treeMul', 'mul')
/** x / y */
export const treeDiv = elementwise('treeDiv', 'div')

/** scalar·x */
export const treeScale =
  <A>({ mul }: LossArrays<A>) =>
  (scalar: A | number, tree: Tree<A>, ...excess: Excess): Tree<A> => {
    noExcess('treeScale', excess)
    return treeMap<A, A>(tree, (x) => mul(scalar, x))
  }

/** x + scalar·y */
export const treeAddScale =
  <A>(arrays: LossArrays<A>) =>
  (x: Tree<A>, scalar: A | number, y: Tree<A>, ...excess: Excess): Tree<A> => {
    noExcess('treeAddScale', excess)
    return treeBy(arrays, x, scalar, y)
  }

/** Bounds of `treeClip`. */
export interface TreeClipOptions {
  readonly minValue?: number
  readonly maxValue?: number
}

/** min(max(x, minValue), maxValue); a bound that is absent does not bind. */
export const treeClip =
  <A>({ max, mul }: LossArrays<A>) =>
  (tree: Tree<A>, options: TreeClipOptions = {}, ...excess: Excess) => {
    noExcess('treeClip', excess)
    checkRunOptions('treeClip', options, { minValue: aNumber, maxValue: aNumber })
    const { minValue = Number.NEGATIVE_INFINITY, maxValue = Number.POSITIVE_INFINITY } = options
    return treeMap<A, A>(tree, (x) => mul(-1, max(mul(-1, max(x, minValue)), -maxValue)))
  }

/** x where the condition holds, else y; a condition is true or false, or an array that spreads over every leaf. */
export const treeWhere =
  <A>({ select, mul, ones }: LossArrays<A>) =>
  (condition: A | boolean, x: Tree<A>, y: Tree<A>, ...excess: Excess): Tree<A> => {
    noExcess('treeWhere', excess)
    const test = typeof condition === 'boolean' ? mul(condition ? 1 : 0, ones([])) : condition
    return treeZip<A, A, A>(x, y, (a, b) => select(test, a, b))
  }

/** fillValue in the shape of every leaf */
export const treeFullLike =
  <A>({ mul, ones, shape }: LossArrays<A>) =>
  (tree: Tree<A>, fillValue: number, ...excess: Excess): Tree<A> => {
    noExcess('treeFullLike', excess)
    checkNumber('treeFullLike: fillValue', fillValue)
    return treeMap<A, A>(tree, (x) => mul(fillValue, ones(shape(x))))
  }
/** 0 in the shape of every leaf */
export const treeZerosLike =
  <A>(arrays: LossArrays<A>) =>
  (tree: Tree<A>, ...excess: Excess): Tree<A> => {
    noExcess('treeZerosLike', excess)
    return treeFullLike(arrays)(tree, 0)
  }
/** 1 in the shape of every leaf */
export const treeOnesLike =
  <A>(arrays: LossArrays<A>) =>
  (tree: Tree<A>, ...excess: Excess): Tree<A> => {
    noExcess('treeOnesLike', excess)
    return treeFullLike(arrays)(tree, 1)
  }

/** Σx over the tree, 0 of one without leaves */
export const treeSum =
  <A>(arrays: LossArrays<A>) =>
  (tree: Tree<A>, ...excess: Excess): A => {
    noExcess('treeSum', excess)
    return total(arrays, tree)
  }
/** The largest element, −∞ of a tree without any; no gradient passes. */
export const treeMax =
  <A>(arrays: LossArrays<A>) =>
  (tree: Tree<A>, ...excess: Excess): A => {
    noExcess('treeMax', excess)
    return largestOf(arrays, tree)
  }
/** The smallest element, ∞ of a tree without any; no gradient passes. */
export const treeMin =
  <A>(arrays: LossArrays<A>) =>
  (tree: Tree<A>, ...excess: Excess): A => {
    noExcess('treeMin', excess)
    return arrays.mul(
      -1,
      largestOf(
        arrays,
        treeMap<A, A>(tree, (x) => arrays.mul(-1, x)),
      ),
    )
  }
/** Σx·y over the tree */
export const treeVdot =
  <A>(arrays: LossArrays<A>) =>
  (x: Tree<A>, y: Tree<A>, ...excess: Excess): A => {
    noExcess('treeVdot', excess)
    return dot(arrays, x, y)
  }
/** How many elements a tree has. */
export const treeSize =
  <A>({ shape }: LossArrays<A>) =>
  (tree: Tree<A>, ...excess: Excess): number => {
    noExcess('treeSize', excess)
    return treeReduce<A, number>(tree, (sum, x) => sum + shape(x).reduce((n, d) => n * d, 1), 0)
  }

/** Options of `treeNorm`. */
export interface TreeNormOptions {
  readonly ord?: 1 | 2 | 'inf' | number
  readonly squared?: boolean
}

/** √Σx² (ord 2), Σ|x| (ord 1) or max|x| (ord 'inf' or Infinity) over the tree, or its square. Defaults: ord = 2, squared = false. */
export const treeNorm =
  <A>(arrays: LossArrays<A>) =>
  (tree: Tree<A>, options: TreeNormOptions = {}, ...excess: Excess): A => {
    noExcess('treeNorm', excess)
    checkRunOptions('treeNorm', options, { ord: anOrder, squared: flag })
    const { ord = 2, squared = false } = options
    if (ord === 2) return squared ? dot(arrays, tree, tree) : arrays.pow(dot(arrays, tree, tree), 0.5)
    const sizes = treeMap<A, A>(tree, absolute(arrays))
    const norm = ord === 1 ? total(arrays, sizes) : largestOf(arrays, sizes)
    return squared ? arrays.mul(norm, norm) : norm
  }

/** decay·moments + (1 − decay)·updates^order */
export const treeUpdateMoment =
  <A>({ add, mul, pow }: LossArrays<A>) =>
  (updates: Tree<A>, moments: Tree<A>, decay: number, order: number, ...excess: Excess): Tree<A> => {
    noExcess('treeUpdateMoment', excess)
    checkNumber('treeUpdateMoment: decay', decay)
    checkNumber('treeUpdateMoment: order', order, above0)
    return treeZip<A, A, A>(updates, moments, (g, m) => add(mul(1 - decay, pow(g, order)), mul(decay, m)))
  }

/** The same of |updates|^order, which is updates^order for an even one. */
export const treeUpdateMomentPerElemNorm =
  <A>(arrays: LossArrays<A>) =>
  (updates: Tree<A>, moments: Tree<A>, decay: number, order: number, ...excess: Excess): Tree<A> => {
    noExcess('treeUpdateMomentPerElemNorm', excess)
    return treeUpdateMoment(arrays)(treeMap<A, A>(updates, absolute(arrays)), moments, decay, order)
  }

/** max(|updates| + eps, decay·moments) */
export const treeUpdateInfinityMoment =
  <A>(arrays: LossArrays<A>) =>
  (updates: Tree<A>, moments: Tree<A>, decay: number, eps: number, ...excess: Excess): Tree<A> => {
    noExcess('treeUpdateInfinityMoment', excess)
    checkNumber('treeUpdateInfinityMoment: decay', decay)
    checkNumber('treeUpdateInfinityMoment: eps', eps)
    const { max, add, mul } = arrays
    return treeZip<A, A, A>(updates, moments, (g, m) => max(add(absolute(arrays)(g), eps), mul(decay, m)))
  }

/** moment / (1 − decay^count) */
export const treeBiasCorrection =
  <A>({ div }: LossArrays<A>) =>
  (moment: Tree<A>, decay: number, count: number, ...excess: Excess): Tree<A> => {
    noExcess('treeBiasCorrection', excess)
    checkNumber('treeBiasCorrection: decay', decay)
    checkNumber('treeBiasCorrection: count', count)
    return treeMap<A, A>(moment, (m) => div(m, 1 - decay ** count))
  }

/** ‖x‖ over the tree: `treeNorm` by the name it has among the updates. */
export const globalNorm =
  <A>(arrays: LossArrays<A>) =>
  (updates: Tree<A>, ...excess: Excess): A => {
    noExcess('globalNorm', excess)
    return treeNorm(arrays)(updates)
  }

/** stepSize·new + (1 − stepSize)·old */
export const incrementalUpdate =
  <A>({ add, mul }: LossArrays<A>) =>
  (newTree: Tree<A>, oldTree: Tree<A>, options: { readonly stepSize: number }, ...excess: Excess): Tree<A> => {
    noExcess('incrementalUpdate', excess)
    checkRunOptions('incrementalUpdate', options, { stepSize: aNumber }, ['stepSize'])
    const { stepSize } = options
    return treeZip<A, A, A>(newTree, oldTree, (x, y) => add(mul(stepSize, x), mul(1 - stepSize, y)))
  }

/** new where steps is a multiple of updatePeriod, else old; the arrays themselves copied. */
export const periodicUpdate =
  <A>({ add }: LossArrays<A>) =>
  (
    newTree: Tree<A>,
    oldTree: Tree<A>,
    options: { readonly steps: number; readonly updatePeriod: number },
    ...excess: Excess
  ): Tree<A> => {
    noExcess('periodicUpdate', excess)
    const kinds = { steps: integer, updatePeriod: positiveInteger }
    checkRunOptions('periodicUpdate', options, kinds, ['steps', 'updatePeriod'])
    const { steps, updatePeriod } = options
    return treeZip<A, A, A>(newTree, oldTree, (x, y) => add(steps % updatePeriod === 0 ? x : y, 0))
  }
