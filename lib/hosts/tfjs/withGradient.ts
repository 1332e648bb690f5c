import type * as tf from '@tensorflow/tfjs-core'
import { type Excess, noExcess } from '../../data/excess.ts'
import type { GradientTransformation, ParamsLike } from '../../form/transformation.ts'
import type { TrainOptions } from '../../train/driver.ts'
import type { TrainState } from '../../train/loop.ts'
import { withGradientOn } from '../../train/withGradient.ts'
import { type Trainer, tfjsTraining } from './trainingHost.ts'

/**
 * Puts a loss and an optimizer together: each step takes the gradient at the parameters and applies the update.
 *
 *     g = ∇loss(params, ...batch);  [params', state'] = step(tx, g, state, params)
 *
 * `init` keeps the given parameters as they are (the train state holds the same tensors). Default: donate = false. With `donate: true`
 * each `step` consumes the train state that it is given, the first one also the parameters that `init` was given.
 *
 * Errors: `bad-rule` for what is no transformation and for a chain with a mark, whose forecast would be dropped; `bad-argument` for an
 * unknown option; those of `valueAndGrad` and of `step`.
 */
export const withGradient = <P extends ParamsLike<P>, S, Batch extends readonly unknown[]>(
  loss: (params: P, ...batch: Batch) => tf.Tensor,
  tx: GradientTransformation<S>,
  options: TrainOptions<Batch> = {},
  ...excess: Excess
): Trainer<TrainState<P, S>, P, Batch> => {
  noExcess('withGradient', excess)
  return withGradientOn(tfjsTraining)(loss, tx, options)
}
