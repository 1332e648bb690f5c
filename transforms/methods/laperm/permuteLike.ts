import { checkRunArgument, type Kind } from '../../../lib/check/options.ts'
import { type Excess, noExcess } from '../../../lib/data/excess.ts'
import { type Fault, faultAt, raiseAs } from '../../../lib/errors/error.ts'
import { noTensors, otherVectors } from '../../../lib/errors/transforms/methods.ts'
import { attached, onAttached } from '../../../lib/form/attached.ts'
import type { Leaf } from '../../../lib/form/leaf.ts'
import { arranged, fromRows, rowsOf } from './vectors.ts'

const axisOf = (rank: number): Kind => ({
  expected: `an axis of ${rank}`,
  test: (x) => rank < 2 || (Number.isInteger(x) && (x as number) >= -rank && (x as number) < rank),
})

/**
 * Sorted weight vectors in the order of other weights: the permutation of each that is closest to these.
 *
 *     rank = argsort(argsort(vector of x)), equal numbers by position;  result_i = sorted[rank_i], vector by vector
 *
 * Shapes: sorted is `[outputs, weights of each]`, as `sortWeightVectors` makes it; the result is shaped like x.
 * Defaults: outAxis = −1, the axis of x that counts the outputs. Errors: `tree-mismatch` when the sizes differ.
 * Source: Qiu & Suda 2020, arXiv 2003.02570.
 */
export const permuteLike = <T extends Leaf>(sorted: Leaf, x: T, outAxis = -1, ...excess: Excess): T => {
  noExcess('permuteLike', excess)
  const faults = Object.entries({ sorted, x }).flatMap(([name, tensor]): Fault[] => {
    const found = attached().check(tensor, undefined)
    return found ? [faultAt(`permuteLike: ${name}`, found.expected, found.got)] : []
  })
  raiseAs(noTensors, faults)
  checkRunArgument('permuteLike: outAxis', outAxis, axisOf(x.shape.length))
  return onAttached((ops) => {
    const like = rowsOf(ops, x, outAxis)
    const vectors = sorted.shape.length === 1 ? ops.reshape(sorted, [1, ...sorted.shape]) : sorted
    const same = vectors.shape.length === 2 && vectors.shape.every((d, i) => d === like.shape[i])
    if (!same) throw otherVectors(like.shape, sorted.shape)
    return fromRows(ops, arranged(ops, vectors, like), x.shape, outAxis)
  }) as T
}
