import { type Excess, noExcess } from '../../lib/data/excess.ts'
import type { LossArrays } from './arrays.ts'
import { softplus } from './forms.ts'
import { given, spreads } from './given.ts'

/**
 * The cross-entropy of labels, 0 to 1, and the sigmoid of logits, element by element.
 *
 *     loss = −y·log σ(x) − (1 − y)·log(1 − σ(x)),  log σ(x) = −log(1 + e^−x)
 *
 * Shapes: the arguments spread over each other. Errors: `bad-argument` for arguments that are no arrays, and for shapes that do not fit.
 * Source: Goodfellow et al. 2016, section 6.2.2.2; optax, `sigmoid_binary_cross_entropy`.
 */
export const sigmoidBinaryCrossEntropy =
  <A>(arrays: LossArrays<A>) =>
  (logits: A, labels: A, ...excess: Excess): A => {
    noExcess('sigmoidBinaryCrossEntropy', excess)
    const where = 'sigmoidBinaryCrossEntropy'
    const { logits: x, labels: y } = given<A, { logits: A; labels: A }>(arrays, where, { needed: { logits, labels } })
    spreads(arrays, `${where}: labels`, x, y)
    return binaryCrossEntropy(arrays, x, y)
  }

/** The formula on arrays that are checked. */
export const binaryCrossEntropy = <A>(arrays: LossArrays<A>, x: A, y: A): A => {
  const { add, sub, mul } = arrays
  return add(mul(y, softplus(arrays, mul(-1, x))), mul(sub(1, y), softplus(arrays, x)))
}
