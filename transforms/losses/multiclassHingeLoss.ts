import { type Excess, noExcess } from '../../lib/data/excess.ts'
import type { LossArrays } from './arrays.ts'
import { atLabel, largest, oneHot } from './forms.ts'
import { given, hasRank, hasShape } from './given.ts'

/**
 * The hinge loss of classes: 0 where the right score is larger than all others by 1.
 *
 *     loss = max over i of (scores[i] + 1[i ≠ label]) − scores[label]
 *
 * Shapes: labels as scores without the last axis, with numbers below its size; the result is shaped like labels.
 * Errors: `bad-argument` for arguments that are no arrays, and for shapes that do not fit.
 * Source: Crammer & Singer 2001; optax, `multiclass_hinge_loss`.
 */
export const multiclassHingeLoss =
  <A>(arrays: LossArrays<A>) =>
  (scores: A, labels: A, ...excess: Excess): A => {
    noExcess('multiclassHingeLoss', excess)
    const { x, y } = scored(arrays, 'multiclassHingeLoss', scores, labels)
    const other = arrays.sub(1, oneHot(arrays, y, arrays.shape(x).at(-1) as number))
    return arrays.sub(largest(arrays, arrays.add(x, other)), atLabel(arrays, x, y))
  }

/** Scores along the last axis and the number of a class for each row. */
export const scored = <A>(
  arrays: LossArrays<A>,
  where: string,
  scores: A,
  labels: A,
): { readonly x: A; readonly y: A } => {
  const found = given<A, { scores: A; labels: A }>(arrays, where, { needed: { scores, labels } })
  hasRank(arrays, `${where}: scores`, found.scores, 1, true)
  hasShape(arrays, `${where}: labels`, found.labels, arrays.shape(found.scores).slice(0, -1))
  return { x: found.scores, y: found.labels }
}
