/** Norms whose gradient is 0, and not 0/0, where they would be below a floor; comparisons; gradients scaled. Written against a host's arrays. */
import { checkRunArgument, checkRunOptions, finite, flag, notNegative } from '../../lib/check/options.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { type Tree, treeMap, treeZip } from '../../lib/data/tree.ts'
import type { LossArrays } from '../losses/arrays.ts'
import { absolute, dot, largestOf, treeBy } from './ofLeaves.ts'

/** √mean where it is above the floor, else the floor; the array stands aside there, so that no gradient passes. */
const floored = <A>(arrays: LossArrays<A>, x: A, floor: number, mean: boolean): A => {
  const size = arrays.shape(x).reduce((n, d) => n * d, 1)
  const root = (y: A): A => arrays.pow(arrays.div(dot(arrays, y, y), mean ? size : 1), 0.5)
  const above = arrays.greater(root(arrays.constant(x)), floor)
  return arrays.select(above, root(arrays.select(above, x, 1)), floor)
}

/**
 * max(‖x‖, minNorm) of one array, with the gradient 0 where ‖x‖ ≤ minNorm, also at x = 0.
 *
 * Shapes: a number of x of any shape. Errors: `bad-argument` unless minNorm is a number from 0 up. Source: optax, `safe_norm` over all elements.
 */
export const safeNorm =
  <A>(arrays: LossArrays<A>) =>
  (x: A, minNorm: number, ...excess: Excess): A => {
    noExcess('safeNorm', excess)
    checkRunArgument('safeNorm: minNorm', minNorm, notNegative)
    return floored(arrays, x, minNorm, false)
  }

/**
 * max(√mean(x²), minRms) of one array, with the gradient 0 where √mean(x²) ≤ minRms, also at x = 0.
 *
 * Shapes: a number of x of any shape. Errors: `bad-argument` unless minRms is a number from 0 up. Source: optax, `safe_root_mean_squares`.
 */
export const safeRootMeanSquares =
  <A>(arrays: LossArrays<A>) =>
  (x: A, minRms: number, ...excess: Excess): A => {
    noExcess('safeRootMeanSquares', excess)
    checkRunArgument('safeRootMeanSquares: minRms', minRms, notNegative)
    return floored(arrays, x, minRms, true)
  }

/**
 * The tree as it is, whose gradient is `factor` times what it would be: constant(x) + factor·(x − constant(x)).
 *
 * Every element must be finite. Errors: `bad-argument` unless the factor is a finite number. Source: optax, `scale_gradient`.
 */
export const scaleGradient =
  <A>(arrays: LossArrays<A>) =>
  (tree: Tree<A>, factor: number, ...excess: Excess): Tree<A> => {
    noExcess('scaleGradient', excess)
    checkRunArgument('scaleGradient: factor', factor, finite)
    const still = treeMap<A, A>(tree, (x) => arrays.constant(x))
    return treeBy(arrays, still, factor, treeBy(arrays, tree, -1, still))
  }

/** Options of `treeAllclose`. */
export interface TreeAllcloseOptions {
  readonly rtol?: number
  readonly atol?: number
  /** NaN is close to NaN. */
  readonly equalNan?: boolean
}

/**
 * 1 where every element of a is close to its own of b, else 0: |a − b| ≤ atol + rtol·|b| for finite b, or a = b.
 *
 * 1 of trees without elements. Shapes: one number. Constant: no gradient passes. Defaults: rtol = 1e-5, atol = 1e-8, equalNan = false.
 * Errors: `tree-mismatch` for trees that are not alike; `bad-argument` unless the tolerances are numbers from 0 up. Source: optax, `tree.allclose`.
 */
export const treeAllclose =
  <A>(arrays: LossArrays<A>) =>
  (a: Tree<A>, b: Tree<A>, options: TreeAllcloseOptions = {}, ...excess: Excess): A => {
    noExcess('treeAllclose', excess)
    checkRunOptions('treeAllclose', options, { rtol: notNegative, atol: notNegative, equalNan: flag })
    const { rtol = 1e-5, atol = 1e-8, equalNan = false } = options
    const { add, sub, mul, equal, greater, max } = arrays
    const size = absolute(arrays)
    const far = (x: A, y: A): A => {
      const [off, bound] = [size(sub(x, y)), add(atol, mul(rtol, size(y)))]
      const within = mul(max(greater(bound, off), equal(bound, off)), greater(Number.POSITIVE_INFINITY, size(y)))
      const noNumbers = mul(sub(1, equal(x, x)), sub(1, equal(y, y)))
      return sub(1, max(max(within, equal(x, y)), mul(equalNan ? 1 : 0, noNumbers)))
    }
    return sub(1, max(0, largestOf(arrays, treeZip<A, A, A>(a, b, far))))
  }
