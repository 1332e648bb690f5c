import { type Excess, noExcess } from '../../lib/data/excess.ts'
import type { LossArrays } from './arrays.ts'
import { logSoftmax } from './forms.ts'
import { given, spreads } from './given.ts'

/**
 * The cross-entropy of probabilities and the softmax of logits along the last axis, 0·∞ taken for 0: logits may be −∞ where labels are 0.
 *
 *     loss = −Σ labels·(logits − log Σe^logits) over the labels that are not 0
 *
 * Shapes: labels spread over logits; the result lacks the last axis.
 * Errors: `bad-argument` for arguments that are no arrays, and for shapes that do not fit. Source: optax, `safe_softmax_cross_entropy`.
 */
export const safeSoftmaxCrossEntropy =
  <A>(arrays: LossArrays<A>) =>
  (logits: A, labels: A, ...excess: Excess): A => {
    noExcess('safeSoftmaxCrossEntropy', excess)
    const where = 'safeSoftmaxCrossEntropy'
    const { logits: x, labels: y } = given<A, { logits: A; labels: A }>(arrays, where, { needed: { logits, labels } })
    spreads(arrays, `${where}: labels`, x, y)
    const { select, greater, equal, mul, sum, shape } = arrays
    const axes = [shape(x).length - 1]
    // Where both factors vanish the product is 0; elsewhere labels keep their gradient, also at 0.
    const counted = select(equal(y, 0), greater(x, Number.NEGATIVE_INFINITY), 1)
    const finite = select(counted, logSoftmax(arrays, x, axes, counted), 0)
    return mul(-1, sum(mul(y, finite), axes))
  }
