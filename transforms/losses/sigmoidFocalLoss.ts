import { type Excess, noExcess } from '../../lib/data/excess.ts'
import type { LossArrays } from './arrays.ts'
import { softplus } from './forms.ts'
import { finite, given, notNegative, spreads } from './given.ts'
import { binaryCrossEntropy } from './sigmoidBinaryCrossEntropy.ts'

/** Options of `sigmoidFocalLoss`. */
export interface SigmoidFocalLossOptions {
  readonly alpha?: number
  readonly gamma?: number
}

/**
 * The binary cross-entropy, weighted down where the prediction is right already.
 *
 *     p    = y·σ(x) + (1 − y)·(1 − σ(x))
 *     loss = a·(1 − p)^gamma·sigmoidBinaryCrossEntropy(x, y),  a = alpha·y + (1 − alpha)·(1 − y), or 1 without alpha
 *
 * 1 − p is computed in log space: log(1 − p) = log σ(x′) + log y′ + log(1 + e^(−x′ + log(1 − y′) − log y′)), where x′, y′ are −x, y for
 * y ≥ ½, else x, 1 − y.
 *
 * Shapes: the arguments spread over each other. Defaults: no alpha, gamma = 2.
 * Errors: `bad-argument` for arguments that are no arrays, shapes that do not fit, and unless alpha is finite and gamma ≥ 0.
 * Source: Lin et al. 2017, arXiv 1708.02002; optax, `sigmoid_focal_loss`.
 */
export const sigmoidFocalLoss =
  <A>(arrays: LossArrays<A>) =>
  (logits: A, labels: A, options: SigmoidFocalLossOptions = {}, ...excess: Excess): A => {
    noExcess('sigmoidFocalLoss', excess)
    const where = 'sigmoidFocalLoss'
    const { logits: x, labels: y } = given<A, { logits: A; labels: A }>(arrays, where, {
      needed: { logits, labels },
      options,
      kinds: { alpha: finite, gamma: notNegative },
    })
    spreads(arrays, `${where}: labels`, x, y)
    const { alpha, gamma = 2 } = options
    const { add, sub, mul, exp } = arrays
    const focal = exp(mul(gamma, logWrong(arrays, x, y)))
    const loss = mul(binaryCrossEntropy(arrays, x, y), focal)
    if (alpha === undefined) return loss
    return mul(add(mul(alpha, y), mul(1 - alpha, sub(1, y))), loss)
  }

/** log(1 − p), p being the probability of what is so. */
const logWrong = <A>(arrays: LossArrays<A>, x: A, y: A): A => {
  const { add, sub, mul, log, log1p, select, greater } = arrays
  const lower = greater(0.5, y)
  const major = select(lower, sub(1, y), y)
  const score = select(lower, x, mul(-1, x))
  const logMajor = log(major)
  const rest = softplus(arrays, sub(sub(log1p(mul(-1, major)), score), logMajor))
  return add(sub(logMajor, softplus(arrays, mul(-1, score))), rest)
}
