import { type Excess, noExcess } from '../../lib/data/excess.ts'
import type { LossArrays } from './arrays.ts'
import { dice } from './diceLoss.ts'
import { square } from './forms.ts'
import { flag, given, notNegative, sameShape } from './given.ts'

/** Options of `multiclassGeneralizedDiceLoss`. */
export interface MulticlassGeneralizedDiceLossOptions {
  readonly smooth?: number
  readonly applySoftmax?: boolean
  readonly ignoreBackground?: boolean
}

/**
 * The Dice loss with classes weighted by how rare they are in the targets.
 *
 *     f       = Σ targets over all axes but the last
 *     weights = classes·v / Σv,  v = 1 / (f² + 1e-7)
 *     loss    = the mean of diceLoss with these weights over images and classes
 *
 * Shapes: predictions and targets [B, …, classes]; the result is one number.
 * Defaults: smooth = 1, applySoftmax = true, ignoreBackground = false. Errors: as `diceLoss`.
 * Source: Sudre et al. 2017, arXiv 1707.03237; optax, `multiclass_generalized_dice_loss`.
 */
export const multiclassGeneralizedDiceLoss =
  <A>(arrays: LossArrays<A>) =>
  (predictions: A, targets: A, options: MulticlassGeneralizedDiceLossOptions = {}, ...excess: Excess): A => {
    noExcess('multiclassGeneralizedDiceLoss', excess)
    const name = 'multiclassGeneralizedDiceLoss'
    const needed = { predictions, targets }
    const kinds = { smooth: notNegative, applySoftmax: flag, ignoreBackground: flag }
    const found = given<A, typeof needed>(arrays, name, { needed, options, kinds })
    sameShape(arrays, `${name}: targets`, found.predictions, found.targets)
    const { add, mul, div, sum, shape } = arrays
    const all = shape(found.targets)
    const frequencies = sum(
      found.targets,
      all.slice(1).map((_, i) => i),
    )
    const rare = div(1, add(square(arrays, frequencies), 1e-7))
    const classWeights = mul(div(rare, sum(rare, [0])), all.at(-1) as number)
    const loss = dice(arrays, name, found.predictions, found.targets, { ...options, classWeights, reduction: 'none' })
    const sizes = shape(loss)
    const count = sizes.reduce((n, size) => n * size, 1)
    return div(
      sum(
        loss,
        sizes.map((_, i) => i),
      ),
      count,
    )
  }
