import fc from 'fast-check'
import { raiseFaults, soundFaults } from '../../lib/check/check.ts'
import { checkRunArgument } from '../../lib/check/options.ts'
import { NdArray } from '../../lib/data/ndArray.ts'
import { isShape } from '../../lib/data/shape.ts'
import { type Tree, treeLeaves, treeWithLeaves } from '../../lib/data/tree.ts'
import { describe } from '../../lib/errors/error.ts'
import { ordinaryNumbers } from './numbers.ts'
import { shapes } from './shapes.ts'
import { trees } from './trees.ts'

/** Arrays of one shape, of these numbers. */
export const arraysOf = (shape: readonly number[], number = ordinaryNumbers): fc.Arbitrary<NdArray> => {
  checkRunArgument('arraysOf: shape', shape, { expected: 'a list of sizes from 0 up', test: isShape })
  const length = shape.reduce((n, d) => n * d, 1)
  return fc
    .array(number, { minLength: length, maxLength: length, size: 'max' })
    .map((numbers) => new NdArray(Float64Array.from(numbers), shape))
}

const isNdArray = (x: unknown) => (x instanceof NdArray ? undefined : { expected: 'an ndarray', got: describe(x) })

/** Checks that something is a tree of arrays. Errors: `tree-mismatch`. */
export const checkArrays = (where: string, tree: unknown): void =>
  raiseFaults(soundFaults(tree, where, isNdArray), 'Give a tree of ndarrays.')

/** Trees of the structure and shapes of `like`, of these numbers. */
export const arraysLike = (like: Tree<NdArray>, number = ordinaryNumbers): fc.Arbitrary<Tree<NdArray>> => {
  checkArrays('arraysLike: like', like)
  return fc
    .tuple(...treeLeaves(like).map(({ shape }) => arraysOf(shape, number)))
    .map((leaves) => treeWithLeaves(like, leaves))
}

/** Trees of zeros: structures and shapes to put numbers in. */
export const structures: fc.Arbitrary<Tree<NdArray>> = trees(
  shapes.map((shape) => new NdArray(new Float64Array(shape.reduce((n, d) => n * d, 1)), shape)),
)

/** Trees of arrays of numbers. */
export const arrayTrees = (number = ordinaryNumbers): fc.Arbitrary<Tree<NdArray>> =>
  structures.chain((like) => arraysLike(like, number))
