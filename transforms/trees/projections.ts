/**
 * Projections of a tree onto convex sets: the nearest point of the set, the whole tree taken for one vector where it says so. Written against a
 * host's arrays, as the losses are.
 *
 * Errors of all: `tree-mismatch` for trees of different structure, `bad-hyperparameter` for a scale that is not above 0. Source: optax,
 * `optax.projections`.
 */

import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { type Tree, treeLeaves, treeMap, treeWithLeaves, treeZip } from '../../lib/data/tree.ts'
import { raiseAs } from '../../lib/errors/error.ts'
import { badScale, noOffset, noScale, unknownBesideScale } from '../../lib/errors/transforms/trees.ts'
import type { LossArrays } from '../losses/arrays.ts'
import { absolute, dot, flatten, total, treeBy } from './ofLeaves.ts'

/** Options of projections onto a set of some size. */
export interface ScaleOptions {
  readonly scale?: number
}

const scaleOf = (where: string, options: ScaleOptions): number => {
  const { scale = 1, ...others } = options ?? {}
  const sound = typeof scale === 'number' && Number.isFinite(scale) && scale > 0
  const faults = Object.keys(others).map((key) => unknownBesideScale(`${where}: ${key}`))
  raiseAs(badScale, [...faults, ...(sound ? [] : [noScale(where, scale)])])
  return scale
}

/** max(x, 0) */
export const projectionNonNegative =
  <A>({ max }: LossArrays<A>) =>
  (tree: Tree<A>, ...excess: Excess): Tree<A> => {
    noExcess('projectionNonNegative', excess)
    return treeMap(tree, (x) => max(x, 0))
  }

/** min(max(x, lower), upper); bounds are numbers, or trees like x of arrays or numbers. */
export const projectionBox =
  <A>(arrays: LossArrays<A>) =>
  (tree: Tree<A>, lower: number | Tree<A | number>, upper: number | Tree<A | number>, ...excess: Excess): Tree<A> => {
    noExcess('projectionBox', excess)
    const bound = (x: number | Tree<A | number>): Tree<A | number> =>
      typeof x === 'number' ? treeMap<A, number>(tree, () => x) : x
    const { max, mul } = arrays
    const above = treeZip<A, A | number, A>(tree, bound(lower), (x, low) => max(x, low))
    const negated = (x: A | number) => (typeof x === 'number' ? -x : mul(-1, x))
    return treeZip<A, A | number, A>(above, bound(upper), (x, high) => mul(-1, max(mul(-1, x), negated(high))))
  }

/** Each element to [0, scale]. Default: scale = 1. */
export const projectionHypercube =
  <A>(arrays: LossArrays<A>) =>
  (tree: Tree<A>, options: ScaleOptions = {}, ...excess: Excess): Tree<A> => {
    noExcess('projectionHypercube', excess)
    return projectionBox(arrays)(tree, 0, scaleOf('projectionHypercube', options))
  }

/** Each element to [−scale, scale]. Default: scale = 1. */
export const projectionLinfBall =
  <A>(arrays: LossArrays<A>) =>
  (tree: Tree<A>, options: ScaleOptions = {}, ...excess: Excess): Tree<A> => {
    noExcess('projectionLinfBall', excess)
    const scale = scaleOf('projectionLinfBall', options)
    return projectionBox(arrays)(tree, -scale, scale)
  }

/** x·scale / ‖x‖ over the tree. Default: scale = 1. */
export const projectionL2Sphere =
  <A>(arrays: LossArrays<A>) =>
  (tree: Tree<A>, options: ScaleOptions = {}, ...excess: Excess): Tree<A> => {
    noExcess('projectionL2Sphere', excess)
    const factor = arrays.div(scaleOf('projectionL2Sphere', options), arrays.pow(dot(arrays, tree, tree), 0.5))
    return treeMap(tree, (x) => arrays.mul(factor, x))
  }

/** x·scale / max(‖x‖, scale) over the tree. Default: scale = 1. */
export const projectionL2Ball =
  <A>(arrays: LossArrays<A>) =>
  (tree: Tree<A>, options: ScaleOptions = {}, ...excess: Excess): Tree<A> => {
    noExcess('projectionL2Ball', excess)
    const scale = scaleOf('projectionL2Ball', options)
    const factor = arrays.div(scale, arrays.pow(arrays.max(dot(arrays, tree, tree), scale ** 2), 0.5))
    return treeMap(tree, (x) => arrays.mul(factor, x))
  }

/** max(x − τ, 0), τ so that the tree sums to scale. Default: scale = 1. */
export const projectionSimplex =
  <A>(arrays: LossArrays<A>) =>
  (tree: Tree<A>, options: ScaleOptions = {}, ...excess: Excess): Tree<A> => {
    noExcess('projectionSimplex', excess)
    return ontoSimplex(arrays, tree, scaleOf('projectionSimplex', options))
  }

/** sign(x)·the projection of |x| onto the simplex. Default: scale = 1. */
export const projectionL1Sphere =
  <A>(arrays: LossArrays<A>) =>
  (tree: Tree<A>, options: ScaleOptions = {}, ...excess: Excess): Tree<A> => {
    noExcess('projectionL1Sphere', excess)
    return ontoL1Sphere(arrays, tree, scaleOf('projectionL1Sphere', options))
  }

/** x where Σ|x| ≤ scale, else its projection onto the sphere. Default: scale = 1. */
export const projectionL1Ball =
  <A>(arrays: LossArrays<A>) =>
  (tree: Tree<A>, options: ScaleOptions = {}, ...excess: Excess): Tree<A> => {
    noExcess('projectionL1Ball', excess)
    const scale = scaleOf('projectionL1Ball', options)
    const outside = arrays.greater(total(arrays, treeMap(tree, absolute(arrays))), scale)
    return treeZip(ontoL1Sphere(arrays, tree, scale), tree, (on, x) => arrays.select(outside, on, x))
  }

/** a·⟨x, a⟩ / ⟨a, a⟩: onto the line through a. */
export const projectionVector =
  <A>(arrays: LossArrays<A>) =>
  (x: Tree<A>, a: Tree<A>, ...excess: Excess): Tree<A> => {
    noExcess('projectionVector', excess)
    const factor = arrays.div(dot(arrays, x, a), dot(arrays, a, a))
    return treeMap(a, (leaf) => arrays.mul(factor, leaf))
  }

/** x + a·(b − ⟨x, a⟩) / ⟨a, a⟩: onto the points whose product with a is b. */
export const projectionHyperplane =
  <A>(arrays: LossArrays<A>) =>
  (x: Tree<A>, a: Tree<A>, b: number, ...excess: Excess): Tree<A> => {
    noExcess('projectionHyperplane', excess)
    return treeBy(arrays, x, distance(arrays, x, a, b), a)
  }

/** The same where ⟨x, a⟩ > b, else x: onto the points whose product with a is at most b. */
export const projectionHalfspace =
  <A>(arrays: LossArrays<A>) =>
  (x: Tree<A>, a: Tree<A>, b: number, ...excess: Excess): Tree<A> => {
    noExcess('projectionHalfspace', excess)
    const { mul, max } = arrays
    return treeBy(arrays, x, mul(-1, max(mul(-1, distance(arrays, x, a, b)), 0)), a)
  }

/** (b − ⟨x, a⟩) / ⟨a, a⟩ */
const distance = <A>(arrays: LossArrays<A>, x: Tree<A>, a: Tree<A>, b: number): A => {
  if (!Number.isFinite(b)) throw noOffset(b)
  return arrays.div(arrays.sub(b, dot(arrays, x, a)), dot(arrays, a, a))
}

const ontoL1Sphere = <A>(arrays: LossArrays<A>, tree: Tree<A>, scale: number): Tree<A> => {
  const { greater, sub, mul } = arrays
  const sizes = ontoSimplex(arrays, treeMap(tree, absolute(arrays)), scale)
  return treeZip(tree, sizes, (x, size) => mul(sub(greater(x, 0), greater(0, x)), size))
}

const ontoSimplex = <A>(arrays: LossArrays<A>, tree: Tree<A>, scale: number): Tree<A> => {
  const { add, sub, mul, div, max, sum, select, greater, shape, concat, slice, reshape } = arrays
  const leaves = treeLeaves<A>(tree)
  if (leaves.length === 0) return tree
  const x = concat(
    leaves.map((leaf) => flatten(arrays, leaf)),
    0,
  )
  const sorted = arrays.sortDown(x)
  const rank = add(arrays.range(shape(x)[0] as number), 1)
  const inside = greater(add(scale, mul(rank, sorted)), arrays.cumulativeSum(sorted))
  // What is inside is known by comparisons alone; the threshold is differentiated through x itself.
  const count = sum(inside, [0])
  const border = div(sub(sum(select(inside, sorted, 0), [0]), scale), count)
  const held = greater(x, border)
  const threshold = div(sub(sum(select(held, x, 0), [0]), scale), sum(held, [0]))
  const on = max(sub(x, threshold), 0)
  let start = 0
  return treeWithLeaves<A, A>(
    tree,
    leaves.map((leaf) => {
      const size = shape(leaf).reduce((n, d) => n * d, 1)
      start += size
      return reshape(slice(on, 0, start - size, size), shape(leaf))
    }),
  )
}
