import { type Excess, noExcess } from '../../lib/data/excess.ts'
import type { LossArrays } from './arrays.ts'
import { dice } from './diceLoss.ts'
import { flag, given, notNegative } from './given.ts'

/** Options of `binaryDiceLoss`. */
export interface BinaryDiceLossOptions {
  readonly smooth?: number
  readonly applySigmoid?: boolean
}

/**
 * The Dice loss of one class against the rest: `diceLoss` of a last axis of 1.
 *
 * Shapes: predictions and targets [B, …], or both [B, …, 1]; the result is [B]. Defaults: smooth = 1, applySigmoid = true.
 * Errors: as `diceLoss`. Source: optax, `binary_dice_loss`.
 */
export const binaryDiceLoss =
  <A>(arrays: LossArrays<A>) =>
  (predictions: A, targets: A, options: BinaryDiceLossOptions = {}, ...excess: Excess): A => {
    noExcess('binaryDiceLoss', excess)
    const where = 'binaryDiceLoss'
    const needed = { predictions, targets }
    const kinds = { smooth: notNegative, applySigmoid: flag }
    const found = given<A, typeof needed>(arrays, where, { needed, options, kinds })
    const { smooth = 1, applySigmoid = true } = options
    const [shape, other] = [arrays.shape(found.predictions), arrays.shape(found.targets)]
    const bare = shape.length === other.length && shape.at(-1) !== 1
    const classed = (x: A): A => (bare ? arrays.reshape(x, [...arrays.shape(x), 1]) : x)
    const [x, y] = [classed(found.predictions), classed(found.targets)]
    return dice(arrays, where, x, y, { smooth, applySoftmax: applySigmoid })
  }
