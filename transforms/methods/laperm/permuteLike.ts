import * as tf from '@tensorflow/tfjs-core'
import { checkRunArgument, type Kind } from '../../../lib/check/options.ts'
import { raise } from '../../../lib/data/error.ts'
import { type Excess, noExcess } from '../../../lib/data/excess.ts'
import { tensorLeaf } from '../../../lib/hosts/tfjs/tensorLeaf.ts'
import { tensorVectors } from './vectors.ts'

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
export const permuteLike = (sorted: tf.Tensor, x: tf.Tensor, outAxis = -1, ...excess: Excess): tf.Tensor => {
  noExcess('permuteLike', excess)
  const faults = Object.entries({ sorted, x }).flatMap(([name, tensor]) => {
    const found = tensorLeaf(tensor, undefined)
    return found ? [{ path: `permuteLike: ${name}`, ...found }] : []
  })
  raise('bad-argument', faults, 'Give float32 tensors.')
  checkRunArgument('permuteLike: outAxis', outAxis, axisOf(x.rank))
  return tf.tidy(() => {
    const like = tensorVectors.rows(x, outAxis)
    const vectors = sorted.rank === 1 ? tf.reshape(sorted, [1, -1]) : sorted
    const same = vectors.rank === 2 && vectors.shape.every((d, i) => d === like.shape[i])
    const fault = {
      path: 'permuteLike: sorted',
      expected: `shape [${like.shape.join(', ')}]`,
      got: `shape [${sorted.shape.join(', ')}]`,
    }
    raise('tree-mismatch', same ? [] : [fault], 'Give vectors that sortWeightVectors made of a leaf shaped like x.')
    return tensorVectors.unrows(tensorVectors.arrange(vectors, like), x.shape, outAxis)
  })
}
