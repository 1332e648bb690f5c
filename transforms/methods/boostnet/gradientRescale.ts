import type * as tf from '@tensorflow/tfjs-core'
import { checkArgument, finite } from '../../../lib/check/options.ts'
import { type Excess, noExcess } from '../../../lib/data/excess.ts'
import { mul, select } from '../../../lib/expr/expr.ts'
import type { Numbers } from '../../../lib/hosts/float64/float64.ts'
import {
  type OwnGradient,
  type OwnGradientMeaning,
  onNumbers,
  onTensors,
  ownInputs,
} from '../../../lib/hosts/tfjs/ownGradient.ts'

const { x, dy } = ownInputs

const ownOf = (factor: number): OwnGradient => {
  checkArgument('gradientRescale: factor', factor, finite)
  // Nothing passes where the factor is 0, not even what is infinite.
  return { value: x, gradient: factor === 0 ? select(0, dy, 0) : mul(factor, dy) }
}

/**
 * The identity, whose gradient is multiplied by a number.
 *
 *     forward: x;  backward: dx = factor·dy
 *
 * With factor 0 it stops the gradient. `gradientRescale.float64(x, factor)` is the same on plain numbers: its value, and its gradient as a
 * function of dy.
 *
 * Shapes: as x. Errors: `bad-hyperparameter` unless the factor is finite.
 * Source: Yu et al. 2023, arXiv 2211.16726, code `msdnet_ge`.
 */
export const gradientRescale = Object.assign(
  <T extends tf.Tensor>(x: T, factor: number, ...excess: Excess): T => {
    noExcess('gradientRescale', excess)
    return onTensors('gradientRescale', ownOf(factor), x)
  },
  { float64: (x: Numbers, factor: number): OwnGradientMeaning => onNumbers(ownOf(factor), x) },
)
