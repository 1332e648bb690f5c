import type * as tf from '@tensorflow/tfjs-core'
import { type Excess, noExcess } from '../../data/excess.ts'
import type { GradientTransformation, ParamsLike } from '../../form/transformation.ts'
import type { TrainOptions } from '../../train/driver.ts'
import { type LookaheadState, withLookaheadGradientOn } from '../../train/withLookaheadGradient.ts'
import { type Trainer, tfjsTraining } from './trainingHost.ts'

/**
 * Puts a loss and an optimizer together, with the gradient taken at the predicted parameters and applied to the real ones.
 *
 *     g = ∇loss(ahead, ...batch);  [params', state'] = step(tx, g, state, params);  ahead' = the mark of tx, after this update
 *
 * Before the first update there is no direction: `init` sets `ahead` to the parameters. `ahead'` is written by the same fused pass that
 * writes the new parameters. With `predictSteps: 0` in an optimizer there is no mark: use `withGradient`. Default: donate = false. With
 * `donate: true` each `step` consumes `ahead`, too: engines that write in place return the same tensors.
 *
 * Errors: `bad-rule` for what is no transformation and for a chain without a mark, `bad-argument` for an unknown option; those of `valueAndGrad` and of `step`.
 *
 * Source: Guan 2023, arXiv 2302.00195 (AdamW with weight prediction); Guan et al. 2023, arXiv 2305.18240 (XGrad).
 */
export const withLookaheadGradient = <P extends ParamsLike<P>, S, Batch extends readonly unknown[]>(
  loss: (params: P, ...batch: Batch) => tf.Tensor,
  tx: GradientTransformation<S>,
  options: TrainOptions<Batch> = {},
  ...excess: Excess
): Trainer<LookaheadState<P, S>, P, Batch> => {
  noExcess('withLookaheadGradient', excess)
  return withLookaheadGradientOn(tfjsTraining)(loss, tx, options)
}
