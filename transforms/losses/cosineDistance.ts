import { type Excess, noExcess } from '../../lib/data/excess.ts'
import type { LossArrays } from './arrays.ts'
import { type CosineOptions, similarity } from './cosineSimilarity.ts'

/**
 * One minus the cosine of the angle between predictions and targets.
 *
 *     distance = 1 − cosineSimilarity
 *
 * Shapes, defaults and errors: as `cosineSimilarity`. Source: optax, `cosine_distance`.
 */
export const cosineDistance =
  <A>(arrays: LossArrays<A>) =>
  (predictions: A, targets: A, options: CosineOptions<A> = {}, ...excess: Excess): A => {
    noExcess('cosineDistance', excess)
    return arrays.sub(1, similarity(arrays, 'cosineDistance', predictions, targets, options))
  }
