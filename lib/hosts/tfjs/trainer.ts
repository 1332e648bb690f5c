import type * as tf from '@tensorflow/tfjs-core'
import { type Excess, noExcess } from '../../data/excess.ts'
import type { GradientTransformation, ParamsLike } from '../../form/transformation.ts'
import type { TrainerState } from '../../train/loop.ts'
import { type TrainerOptions, trainerOn } from '../../train/trainer.ts'
import { type Trainer, tfjsTraining } from './trainingHost.ts'

/**
 * Puts a loss and an optimizer together, with gradients taken wherever the optimizer needs them.
 *
 *     place = ahead where tx has a mark (a forecast, a draw), else params;  g = ∇loss(place, ...batch)
 *     gradAtPrevious = ∇loss(previous, ...batch) where tx reads it (exact MARS)
 *     [params', state'] = step(tx, g, state, params);  ahead' = the mark of tx, after this update;  previous' = place
 *
 * The train state holds what is needed and no more: { params, state }, with a mark `ahead`, with draws `noise` and their number `draws`, with a
 * gradient at the previous place `previous`. Of several draws a step g and `value` are means, and `previous` is the place of the first. A stage
 * written by hand that reads `gradAtPrevious` says so by `reads`. `withGradient`, `withLookaheadGradient`, `withSampledGradient` and
 * `withPairedGradient` are this for one need each, and refuse an optimizer with others.
 *
 * Defaults: donate = false, mcSamples as the optimizer was made. With `donate: true` each `step` consumes the train state that it is given.
 * Errors: `bad-rule` for what is no transformation; `bad-argument` for an unknown option and for another mcSamples than the optimizer's;
 * `bad-hyperparameter` for draws without a key; those of `valueAndGrad` and of `step`.
 */
export const trainer = <P extends ParamsLike<P>, S, Batch extends readonly unknown[]>(
  loss: (params: P, ...batch: Batch) => tf.Tensor,
  tx: GradientTransformation<S>,
  options: TrainerOptions<Batch> = {},
  ...excess: Excess
): Trainer<TrainerState<P, S>, P, Batch> => {
  noExcess('trainer', excess)
  return trainerOn(tfjsTraining)(loss, tx, options)
}
