import * as tf from '@tensorflow/tfjs-core'
import { type Excess, noExcess } from '../../../lib/data/excess.ts'
import type { Params } from '../../../lib/form/transformation.ts'
import type { NumberTree } from '../../../lib/hosts/float64/float64.ts'
import { isTensor } from '../../../lib/hosts/tfjs/tensor.ts'
import type { Mask } from '../../combinators/masked.ts'
import { flipFlopRatio, type SignOfZero } from './flipFlopRatio.ts'

/**
 * The correlation of a binary network with its start: the share of weights that end with the sign they began with.
 *
 *     1 − flipFlopRatio(initial, final)
 *
 * Trees of tensors give a scalar, which the caller disposes; trees of plain numbers give a number. Defaults and errors: as `flipFlopRatio`.
 * Source: the C2I ratio of Liu et al. 2021, arXiv 2106.11309, section 4, as a later paper quotes it.
 */
export function c2iRatio(initial: Params, final: Params, mask?: Mask, signOfZero?: SignOfZero): tf.Scalar
export function c2iRatio(initial: NumberTree, final: NumberTree, mask?: Mask, signOfZero?: SignOfZero): number
export function c2iRatio(
  initial: unknown,
  final: unknown,
  mask: Mask = true,
  zero: SignOfZero = 1,
  ...excess: Excess
): tf.Scalar | number {
  noExcess('c2iRatio', excess)
  const flips: tf.Scalar | number = flipFlopRatio(initial as Params, final as Params, mask, zero)
  if (!isTensor(flips)) return 1 - flips
  const kept = tf.sub(1, flips) as tf.Scalar
  flips.dispose()
  return kept
}
