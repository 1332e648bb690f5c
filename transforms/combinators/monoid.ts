import type { Monoid as MonoidOf } from 'fp-ts/lib/Monoid.js'
import type { GradientTransformation } from '../../lib/form/transformation.ts'
import { chain } from './chain.ts'
import { identity } from './identity.ts'

/**
 * Gradient transformations under `chain`.
 *
 * Laws, as equality of the updates: concat(empty, a) = a = concat(a, empty); concat(concat(a, b), c) = concat(a, concat(b, c)).
 * The states nest as the chains do.
 */
export const Monoid: MonoidOf<GradientTransformation> = {
  empty: identity(),
  concat: (x, y) => chain(x, y),
}
