import { type Excess, noExcess } from '../../lib/data/excess.ts'
import type { LossArrays } from './arrays.ts'
import { atLabel, largest } from './forms.ts'
import { scored } from './multiclassHingeLoss.ts'

/**
 * The perceptron's loss of classes: 0 where the right score is the largest.
 *
 *     loss = max over i of scores[i] − scores[label]
 *
 * Shapes and errors: as `multiclassHingeLoss`. Source: Collins 2002; optax, `multiclass_perceptron_loss`.
 */
export const multiclassPerceptronLoss =
  <A>(arrays: LossArrays<A>) =>
  (scores: A, labels: A, ...excess: Excess): A => {
    noExcess('multiclassPerceptronLoss', excess)
    const { x, y } = scored(arrays, 'multiclassPerceptronLoss', scores, labels)
    return arrays.sub(largest(arrays, x), atLabel(arrays, x, y))
  }
