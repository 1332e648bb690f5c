import { type Excess, noExcess } from '../../lib/data/excess.ts'
import type { LossArrays } from './arrays.ts'
import { logSoftmax, sumWhere } from './forms.ts'
import { finite } from './given.ts'
import { type AxisOptions, alongAxes, axisKinds, crossEntropy } from './softmaxCrossEntropy.ts'

/** Options of `polyLossCrossEntropy`. */
export interface PolyLossOptions<A> extends AxisOptions<A> {
  readonly epsilon?: number
}

/**
 * The cross-entropy with its first polynomial term weighted anew.
 *
 *     loss = softmaxCrossEntropy(logits, labels) + epsilon·Σ labels·(1 − softmax(logits))
 *
 * Shapes, errors: as `softmaxCrossEntropy`. Defaults: epsilon = 2, axis = −1, where everything.
 * Source: Leng et al. 2022, arXiv 2204.12511; optax, `poly_loss_cross_entropy`.
 */
export const polyLossCrossEntropy =
  <A>(arrays: LossArrays<A>) =>
  (logits: A, labels: A, options: PolyLossOptions<A> = {}, ...excess: Excess): A => {
    noExcess('polyLossCrossEntropy', excess)
    const kinds = { ...axisKinds, epsilon: finite }
    const { x, y, axes, mask } = alongAxes(arrays, 'polyLossCrossEntropy', { logits, labels }, options, kinds)
    const { epsilon = 2 } = options
    const { add, sub, mul, exp } = arrays
    const missed = mul(y, sub(1, exp(logSoftmax(arrays, x, axes, mask))))
    return add(crossEntropy(arrays, x, y, axes, mask), mul(epsilon, sumWhere(arrays, missed, axes, mask)))
  }
