import { type Excess, noExcess } from '../../lib/data/excess.ts'
import type { GradientTransformation } from '../../lib/form/transformation.ts'
import { chain } from './chain.ts'

/**
 * Leaves updates as they are: the neutral element of `chain`.
 *
 *     u = g
 *
 * State: an empty array, that of a chain of nothing. Source: optax, `identity`.
 */
export const identity = (...excess: Excess): GradientTransformation<readonly []> => {
  noExcess('identity', excess)
  return chain()
}
