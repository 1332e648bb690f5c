/** What functions of whole trees are made of, on a host's arrays. */
import { type Tree, treeLeaves, treeZip } from '../../lib/data/tree.ts'
import type { LossArrays } from '../losses/arrays.ts'

/** |x| */
export const absolute =
  <A>({ select, greater, mul }: LossArrays<A>) =>
  (x: A): A =>
    select(greater(0, x), mul(-1, x), x)

/** All elements along one axis. */
export const flatten = <A>({ reshape, shape }: LossArrays<A>, x: A): A =>
  reshape(x, [shape(x).reduce((n, d) => n * d, 1)])

const all = <A>({ shape }: LossArrays<A>, x: A): number[] => shape(x).map((_, axis) => axis)

/** The sum of all elements of all leaves; 0 of a tree without leaves. */
export const total = <A>(arrays: LossArrays<A>, tree: Tree<A>): A => {
  const sums = treeLeaves<A>(tree).map((x) => arrays.sum(x, all(arrays, x)))
  return sums.length === 0 ? arrays.mul(0, arrays.ones([])) : sums.reduce((a, b) => arrays.add(a, b))
}

/** The largest element of all leaves, a constant; −∞ of a tree without elements. */
export const largestOf = <A>(arrays: LossArrays<A>, tree: Tree<A>): A => {
  const tops = treeLeaves<A>(tree)
    .filter((x) => arrays.shape(x).every((d) => d > 0))
    .map((x) => arrays.reshape(arrays.maxOver(flatten(arrays, x), [0]), []))
  const least = arrays.mul(Number.NEGATIVE_INFINITY, arrays.ones([]))
  return tops.reduce((a, b) => arrays.max(a, b), least)
}

/** Σx·y over the tree. */
export const dot = <A>(arrays: LossArrays<A>, x: Tree<A>, y: Tree<A>): A =>
  total(
    arrays,
    treeZip<A, A, A>(x, y, (a, b) => arrays.mul(a, b)),
  )

/** x + factor·y */
export const treeBy = <A>({ add, mul }: LossArrays<A>, x: Tree<A>, factor: A | number, y: Tree<A>): Tree<A> =>
  treeZip<A, A, A>(x, y, (a, b) => add(a, mul(factor, b)))
