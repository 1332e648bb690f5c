import type * as tf from '@tensorflow/tfjs-core'
import { checkOptions } from '../../../lib/check/options.ts'
import { type Excess, noExcess } from '../../../lib/data/excess.ts'
import { abs, lessEqual, mul, sign } from '../../../lib/expr/expr.ts'
import type { Numbers } from '../../../lib/hosts/float64/float64.ts'
import {
  type OwnGradient,
  type OwnGradientMeaning,
  onNumbers,
  onTensors,
  ownInputs,
} from '../../../lib/hosts/tfjs/ownGradient.ts'

/** Options of `binarizeWeight`. */
export interface BinarizeWeightOptions {
  readonly axis?: number
}

const axisKind = { expected: 'an integer', test: (x: unknown): boolean => Number.isInteger(x) }

const { x, dy, size } = ownInputs

/** The formulas for an axis of output channels. */
const ownOf = (options: BinarizeWeightOptions): OwnGradient => {
  checkOptions('binarizeWeight', options, { axis: axisKind })
  const { axis = -1 } = options
  return {
    value: mul(size, sign(x)),
    gradient: mul(dy, lessEqual(abs(x), 1)),
    meanShape: (shape) => shape.map((d, i) => (i === (axis + shape.length) % shape.length ? d : 1)),
  }
}

/**
 * A weight of two values in each output channel, with a gradient that passes to the real weight behind it.
 *
 *     forward:  α_o·sign(w), α_o = mean|w| over output channel o
 *     backward: dw = dy where −1 ≤ w ≤ 1, else 0; α is a constant for the gradient, which it does not scale
 *
 * The weight itself is never clamped. A channel of zeros gives zeros. `axis` is that of the output channels: the last one in tfjs's kernels
 * ([height, width, in, out], [in, out]), the first one in torch's.
 *
 * `binarizeWeight.float64(w, options)` is the same on plain numbers: its value, and its gradient as a function of dy.
 *
 * Shapes: as w. Default: axis = −1. Errors: `bad-hyperparameter`.
 * Source: Liu et al. 2021, arXiv 2106.11309, code `HardBinaryConv`.
 */
export const binarizeWeight = Object.assign(
  <T extends tf.Tensor>(w: T, options: BinarizeWeightOptions = {}, ...excess: Excess): T => {
    noExcess('binarizeWeight', excess)
    return onTensors('binarizeWeight', ownOf(options), w)
  },
  {
    float64: (w: Numbers, options: BinarizeWeightOptions = {}): OwnGradientMeaning => onNumbers(ownOf(options), w),
  },
)
