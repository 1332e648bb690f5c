import { type Excess, noExcess } from '../../lib/data/excess.ts'
import type { LossArrays } from './arrays.ts'
import { sumWhere } from './forms.ts'
import { divergence } from './klDivergence.ts'
import { type AxisOptions, alongAxes } from './softmaxCrossEntropy.ts'

/**
 * The Kullback-Leibler divergence of numbers that need not sum to 1: it is 0 where they are equal and convex in both.
 *
 *     loss = Σ targets·(log targets − logPredictions) + Σ(e^logPredictions − targets)
 *
 * Shapes, defaults and errors: as `klDivergence`. Source: optax, `generalized_kl_divergence`.
 */
export const generalizedKlDivergence =
  <A>(arrays: LossArrays<A>) =>
  (logPredictions: A, targets: A, options: AxisOptions<A> = {}, ...excess: Excess): A => {
    noExcess('generalizedKlDivergence', excess)
    return generalized(arrays, 'generalizedKlDivergence', { logPredictions, targets }, options)
  }

/** The same under another name. */
export const generalized = <A>(
  arrays: LossArrays<A>,
  name: string,
  needed: Readonly<Record<string, A>>,
  options: AxisOptions<A>,
): A => {
  const { x, y, axes, mask } = alongAxes(arrays, name, needed, options)
  const excess = arrays.sub(arrays.exp(x), y)
  return arrays.add(sumWhere(arrays, divergence(arrays, x, y), axes, mask), sumWhere(arrays, excess, axes, mask))
}
