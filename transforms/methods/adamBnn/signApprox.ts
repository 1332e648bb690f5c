import type * as tf from '@tensorflow/tfjs-core'
import { type Excess, noExcess } from '../../../lib/data/excess.ts'
import { abs, max, mul, sign, sub } from '../../../lib/expr/expr.ts'
import type { Numbers } from '../../../lib/hosts/float64/float64.ts'
import {
  type OwnGradient,
  type OwnGradientMeaning,
  onNumbers,
  onTensors,
  ownInputs,
} from '../../../lib/hosts/tfjs/ownGradient.ts'

const { x, dy } = ownInputs

/** The slope is a parabola's on both sides of 0, flat beyond ±1; at x = 0 it is 2, at ±1 it is 0. */
const own: OwnGradient = { value: sign(x), gradient: mul(dy, max(0, sub(2, mul(2, abs(x))))) }

/**
 * The sign of activations, with a gradient that passes.
 *
 *     forward:  sign(x), 0 for 0
 *     backward: dx = dy·max(0, 2 − 2·|x|), the slope of 2x + x² below 0 and of 2x − x² above
 *
 * `signApprox.float64(x)` is the same on plain numbers: its value, and its gradient as a function of dy.
 *
 * Shapes: as x. Source: Liu et al. 2021, arXiv 2106.11309, code `BinaryActivation`; the curve is Bi-Real Net's (Liu et al. 2018, arXiv 1808.00278).
 */
export const signApprox = Object.assign(
  <T extends tf.Tensor>(x: T, ...excess: Excess): T => {
    noExcess('signApprox', excess)
    return onTensors('signApprox', own, x)
  },
  { float64: (x: Numbers): OwnGradientMeaning => onNumbers(own, x) },
)
