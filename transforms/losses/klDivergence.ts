import { type Excess, noExcess } from '../../lib/data/excess.ts'
import type { LossArrays } from './arrays.ts'
import { sumWhere } from './forms.ts'
import { type AxisOptions, alongAxes } from './softmaxCrossEntropy.ts'

/**
 * The Kullback-Leibler divergence of predictions, given as logarithms, from target probabilities; 0·log 0 is 0.
 *
 *     loss = Σ targets·(log targets − logPredictions)
 *
 * Shapes: the arguments spread over each other; the result lacks the axes. Defaults: axis = −1, where everything.
 * Errors: `bad-argument` for arguments that are no arrays, shapes that do not fit and axes that are not there.
 * Source: Kullback & Leibler 1951; optax, `kl_divergence`.
 */
export const klDivergence =
  <A>(arrays: LossArrays<A>) =>
  (logPredictions: A, targets: A, options: AxisOptions<A> = {}, ...excess: Excess): A => {
    noExcess('klDivergence', excess)
    const { x, y, axes, mask } = alongAxes(arrays, 'klDivergence', { logPredictions, targets }, options)
    return sumWhere(arrays, divergence(arrays, x, y), axes, mask)
  }

/** The terms of the sum. */
export const divergence = <A>({ mul, sub, log, select, equal }: LossArrays<A>, x: A, y: A): A =>
  mul(y, sub(log(select(equal(y, 0), 1, y)), x))
