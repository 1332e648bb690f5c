import { type Excess, noExcess } from '../../lib/data/excess.ts'
import type { LossArrays } from './arrays.ts'
import { type Axis, axesOf, axisKind, finite, given, notNegative, positive, spreads } from './given.ts'

/** Options of `tripletMarginLoss`. */
export interface TripletMarginLossOptions {
  readonly axis?: Axis
  readonly normDegree?: number
  readonly margin?: number
  readonly eps?: number
}

/**
 * Asks that anchors be nearer to positives than to negatives, by a margin.
 *
 *     d(x, y) = (Σ(x − y)^normDegree + eps)^(1 / normDegree)
 *     loss    = max(0, d(anchors, positives) − d(anchors, negatives) + margin)
 *
 * For an odd normDegree the differences keep their sign, as they do in optax.
 *
 * Shapes: the arguments spread over each other; the result lacks the axes. Defaults: axis = −1, normDegree = 2, margin = 1, eps = 1e-6.
 * Errors: `bad-argument` for arguments that are no arrays, shapes that do not fit, axes that are not there, and unless normDegree > 0, eps ≥ 0
 * and margin is finite.
 * Source: Schroff et al. 2015, arXiv 1503.03832; optax, `triplet_margin_loss`.
 */
export const tripletMarginLoss =
  <A>(arrays: LossArrays<A>) =>
  (anchors: A, positives: A, negatives: A, options: TripletMarginLossOptions = {}, ...excess: Excess): A => {
    noExcess('tripletMarginLoss', excess)
    const name = 'tripletMarginLoss'
    const needed = { anchors, positives, negatives }
    const kinds = { axis: axisKind, normDegree: positive, margin: finite, eps: notNegative }
    const found = given<A, typeof needed>(arrays, name, { needed, options, kinds })
    const { axis = -1, normDegree = 2, margin = 1, eps = 1e-6 } = options
    spreads(arrays, `${name}: positives`, found.anchors, found.positives)
    spreads(arrays, `${name}: negatives`, found.anchors, found.negatives)
    const { add, sub, max, sum, pow } = arrays
    const distance = (to: A): A => {
      const difference = sub(found.anchors, to)
      const axes = axesOf(name, axis, arrays.shape(difference))
      return pow(add(sum(pow(difference, normDegree), axes), eps), 1 / normDegree)
    }
    return max(add(sub(distance(found.positives), distance(found.negatives)), margin), 0)
  }
