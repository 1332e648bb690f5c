import { type Excess, noExcess } from '../../lib/data/excess.ts'
import type { LossArrays } from './arrays.ts'
import { square } from './forms.ts'
import { given, spreads } from './given.ts'

/**
 * The sparsemax loss of binary classification: exactly 0 from a margin of 1 on, as the hinge loss, but smooth.
 *
 *     z    = −x where the label is not 0, else x
 *     loss = 0 where z ≤ −1, ¼(z + 1)² where −1 < z < 1, z where z ≥ 1
 *
 * Shapes: the arguments spread over each other. Errors: `bad-argument` for arguments that are no arrays, and for shapes that do not fit.
 * Source: Blondel et al. 2020, arXiv 1901.02324; optax, `sparsemax_loss`.
 */
export const sparsemaxLoss =
  <A>(arrays: LossArrays<A>) =>
  (logits: A, labels: A, ...excess: Excess): A => {
    noExcess('sparsemaxLoss', excess)
    const where = 'sparsemaxLoss'
    const { logits: x, labels: y } = given<A, { logits: A; labels: A }>(arrays, where, { needed: { logits, labels } })
    spreads(arrays, `${where}: labels`, x, y)
    const { add, mul, select, greater } = arrays
    const z = select(y, mul(-1, x), x)
    const linear = greater(z, 1)
    const between = select(linear, 0, select(greater(z, -1), add(z, 1), 0))
    return select(linear, z, mul(0.25, square(arrays, between)))
  }
