import { type Excess, noExcess } from '../../lib/data/excess.ts'
import type { LossArrays } from './arrays.ts'
import { square } from './forms.ts'
import { given, sameShape } from './given.ts'

/**
 * The square of the error, element by element.
 *
 *     loss = (predictions − targets)²
 *
 * Shapes: all alike. Defaults: targets 0. Errors: `bad-argument` for arguments that are no arrays, and for shapes that differ.
 * Source: optax, `squared_error`.
 */
export const squaredError =
  <A>(arrays: LossArrays<A>) =>
  (predictions: A, targets?: A, ...excess: Excess): A => {
    noExcess('squaredError', excess)
    return square(arrays, errorsOf(arrays, 'squaredError', predictions, targets))
  }

/** predictions − targets, which are 0 where there are none. */
export const errorsOf = <A>(arrays: LossArrays<A>, where: string, predictions: A, targets: A | undefined): A => {
  const { predictions: x, targets: y } = given<A, { predictions: A }, { targets: A | undefined }>(arrays, where, {
    needed: { predictions },
    optional: { targets },
  })
  if (y === undefined) return x
  sameShape(arrays, `${where}: targets`, x, y)
  return arrays.sub(x, y)
}
