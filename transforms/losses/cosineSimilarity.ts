import { type Excess, noExcess } from '../../lib/data/excess.ts'
import type { LossArrays } from './arrays.ts'
import { fullMask, square, sumWhere } from './forms.ts'
import { type Axis, anything, axesOf, axisKind, given, notNegative, spreads } from './given.ts'

/** Options of `cosineSimilarity` and `cosineDistance`. */
export interface CosineOptions<A> {
  readonly epsilon?: number
  readonly axis?: Axis
  readonly where?: A
}

/**
 * The cosine of the angle between predictions and targets, along axes.
 *
 *     similarity = Σ(x / √max(Σx², epsilon))·(y / √max(Σy², epsilon))
 *
 * Shapes: the arguments spread over each other; the result lacks the axes. Defaults: epsilon = 0, axis = −1, where everything.
 * Errors: `bad-argument` for arguments that are no arrays, shapes that do not fit, axes that are not there, and unless epsilon ≥ 0.
 * Source: optax, `cosine_similarity`.
 */
export const cosineSimilarity =
  <A>(arrays: LossArrays<A>) =>
  (predictions: A, targets: A, options: CosineOptions<A> = {}, ...excess: Excess): A => {
    noExcess('cosineSimilarity', excess)
    return similarity(arrays, 'cosineSimilarity', predictions, targets, options)
  }

/** The same under the name of the loss that asks for it. */
export const similarity = <A>(
  arrays: LossArrays<A>,
  name: string,
  predictions: A,
  targets: A,
  options: CosineOptions<A>,
): A => {
  const { epsilon = 0, axis = -1, where } = options ?? {}
  const found = given<A, { predictions: A; targets: A }, { where: A | undefined }>(arrays, name, {
    needed: { predictions, targets },
    optional: { where },
    options,
    kinds: { epsilon: notNegative, axis: axisKind, where: anything },
  })
  const [x, y] = [found.predictions, found.targets]
  spreads(arrays, `${name}: targets`, x, y)
  const axes = axesOf(name, axis, arrays.shape(x))
  const mask = fullMask(arrays, found.where, x, axes)
  spreads(arrays, `${name}: where`, x, mask)
  const unit = (z: A) => {
    const squared = sumWhere(arrays, square(arrays, z), axes, mask, true)
    return arrays.div(z, arrays.pow(arrays.max(squared, epsilon), 0.5))
  }
  return sumWhere(arrays, arrays.mul(unit(x), unit(y)), axes, mask)
}
