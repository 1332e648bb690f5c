import { type Excess, noExcess } from '../../lib/data/excess.ts'
import type { LossArrays } from './arrays.ts'
import { sumWhere } from './forms.ts'
import { type AxisOptions, alongAxes } from './softmaxCrossEntropy.ts'

/**
 * The Kullback-Leibler divergence where both sides are given as logarithms.
 *
 *     loss = Σ e^logTargets·(logTargets − logPredictions)
 *
 * Shapes, defaults and errors: as `klDivergence`. Source: optax, `kl_divergence_with_log_targets`.
 */
export const klDivergenceWithLogTargets =
  <A>(arrays: LossArrays<A>) =>
  (logPredictions: A, logTargets: A, options: AxisOptions<A> = {}, ...excess: Excess): A => {
    noExcess('klDivergenceWithLogTargets', excess)
    const needed = { logPredictions, logTargets }
    const { x, y, axes, mask } = alongAxes(arrays, 'klDivergenceWithLogTargets', needed, options)
    return sumWhere(arrays, arrays.mul(arrays.exp(y), arrays.sub(y, x)), axes, mask)
  }
