import type * as tf from '@tensorflow/tfjs-core'
import { type Excess, noExcess } from '../../data/excess.ts'
import type { GradientTransformation, ParamsLike } from '../../form/transformation.ts'
import type { TrainOptions } from '../../train/driver.ts'
import { type PairedState, withPairedGradientOn } from '../../train/withPairedGradient.ts'
import { type Trainer, tfjsTraining } from './trainingHost.ts'

/**
 * Puts a loss and an optimizer together, with the gradient of every batch at two places: at the parameters and at those before the last
 * update. The second reaches the optimizer as the tree `gradAtPrevious`. Two forward and backward passes a step.
 *
 *     { g, gradAtPrevious } = pairedGradients(loss)(params, previous, ...batch)
 *     [params', state'] = step(tx, g, state, params, { extra: { gradAtPrevious } });  previous' = params
 *
 * Before the first update `previous` is the parameters; what the correction makes of that, its firstStep says. Default: donate = false. With
 * `donate: true` the train state that a step is given is consumed: its buffers are given back, none is written in place.
 *
 * Errors: `bad-rule` for what is no transformation, for a chain with a mark and for one that never reads `gradAtPrevious`; `bad-argument` for
 * an unknown option; those of `valueAndGrad` and of `step`. Source: Yuan et al. 2024, arXiv 2411.10438, the exact form; the published script
 * instead takes the gradient of the next batch before it steps, which is the same.
 */
export const withPairedGradient = <P extends ParamsLike<P>, S, Batch extends readonly unknown[]>(
  loss: (params: P, ...batch: Batch) => tf.Tensor,
  tx: GradientTransformation<S>,
  options: TrainOptions<Batch> = {},
  ...excess: Excess
): Trainer<PairedState<P, S>, P, Batch> => {
  noExcess('withPairedGradient', excess)
  return withPairedGradientOn(tfjsTraining)(loss, tx, options)
}
