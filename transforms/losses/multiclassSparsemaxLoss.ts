import { type Excess, noExcess } from '../../lib/data/excess.ts'
import type { LossArrays } from './arrays.ts'
import { atLabel, square } from './forms.ts'
import { scored } from './multiclassHingeLoss.ts'

/**
 * The sparsemax loss of classes: its gradient is sparsemax(scores) less the label, mostly exact zeros.
 *
 *     q    = max(scores − τ, 0), τ so that Σq = 1: the scores projected onto the simplex
 *     loss = Σ q·(scores − scores[label]) + ½(1 − Σq²)
 *
 * q is the maximiser of the loss, so the gradient takes it for a constant.
 *
 * Shapes and errors: as `multiclassHingeLoss`. Source: Martins & Astudillo 2016, arXiv 1602.02068; optax, `multiclass_sparsemax_loss`.
 */
export const multiclassSparsemaxLoss =
  <A>(arrays: LossArrays<A>) =>
  (scores: A, labels: A, ...excess: Excess): A => {
    noExcess('multiclassSparsemaxLoss', excess)
    const { x, y } = scored(arrays, 'multiclassSparsemaxLoss', scores, labels)
    const { add, sub, mul, sum, select, shape, reshape } = arrays
    const last = [shape(x).length - 1]
    const q = sparsemax(arrays, x)
    const right = reshape(atLabel(arrays, x, y), [...shape(y), 1])
    const gain = sum(mul(q, select(q, sub(x, right), 0)), last)
    return add(gain, mul(0.5, sub(1, sum(square(arrays, q), last))))
  }

/** The projection of the last axis onto the simplex, a constant. */
const sparsemax = <A>(arrays: LossArrays<A>, scores: A): A => {
  const { add, sub, mul, div, max, sum, select, greater, shape } = arrays
  const x = arrays.constant(scores)
  const last = shape(x).length - 1
  const sorted = arrays.sortDown(x)
  const rank = add(arrays.range(shape(x)[last] as number), 1)
  const inside = greater(add(1, mul(rank, sorted)), arrays.cumulativeSum(sorted))
  const threshold = div(sub(sum(select(inside, sorted, 0), [last], true), 1), sum(inside, [last], true))
  return arrays.constant(max(sub(x, threshold), 0))
}
