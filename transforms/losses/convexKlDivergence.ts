import { type Excess, noExcess } from '../../lib/data/excess.ts'
import type { LossArrays } from './arrays.ts'
import { generalized } from './generalizedKlDivergence.ts'
import type { AxisOptions } from './softmaxCrossEntropy.ts'

/** `generalizedKlDivergence` under the name it had. Source: optax, `convex_kl_divergence`. */
export const convexKlDivergence =
  <A>(arrays: LossArrays<A>) =>
  (logPredictions: A, targets: A, options: AxisOptions<A> = {}, ...excess: Excess): A => {
    noExcess('convexKlDivergence', excess)
    return generalized(arrays, 'convexKlDivergence', { logPredictions, targets }, options)
  }
