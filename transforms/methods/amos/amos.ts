import { checkOptions, decay, positive, withArgument } from '../../../lib/check/options.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import type { Hyper } from '../../../lib/expr/schedule.ts'
import type { GradientTransformation } from '../../../lib/form/transformation.ts'
import { chain } from '../../combinators/chain.ts'
import { clip } from '../../rules/clip.ts'
import { ema } from '../../rules/ema.ts'
import { amosKinds, type ScaleByAmosOptions, scaleByAmos } from './scaleByAmos.ts'

/** Options of `amos`. */
export interface AmosOptions extends Omit<ScaleByAmosOptions, 'learningRate'> {
  readonly momentum?: number
  readonly clipValue?: number
}

/**
 * Amos with its usual neighbours: clipping before it, momentum behind it.
 *
 *     w' = w + ema(scaleByAmos(clip(g, clipValue)), momentum), the average without debiasing
 *
 * Defaults: those of `scaleByAmos`, no momentum, no clipping; etaFn must be given. learningRate may be a schedule, which sees 1 first.
 * Errors: `bad-hyperparameter`, as `scaleByAmos`; `bad-rule` for a learning rate behind it; `missing-params`.
 * Source: Tian & Parikh 2022, arXiv 2210.11693.
 */
export const amos = (learningRate: Hyper, options: AmosOptions, ...excess: Excess) => {
  const kinds = { ...amosKinds, momentum: decay, clipValue: positive }
  checkOptions('amos', withArgument(options, { learningRate }), kinds, excess, ['learningRate', 'etaFn'])
  const { momentum, clipValue, ...own } = options
  const clipped: GradientTransformation[] = clipValue === undefined ? [] : [clip(clipValue)]
  const averaged: GradientTransformation[] = momentum === undefined ? [] : [ema({ decay: momentum, debias: false })]
  return chain(...clipped, scaleByAmos({ ...own, learningRate }), ...averaged)
}
