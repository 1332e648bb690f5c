import { otherDriver } from '../errors/training.ts'
import type { GradientTransformation } from '../form/transformation.ts'
import type { Shaped } from '../hosts/engine.ts'
import type { TrainingHost } from '../hosts/host.ts'
import { checkDriver, checkUnmarked, type TrainOptions, trainKinds } from './driver.ts'
import { type TrainerOf, type TrainState, trainOn } from './loop.ts'

/** `withGradient` on a host: each step takes the gradient at the parameters and applies the update. */
export const withGradientOn =
  <B extends Shaped, V, L>(host: TrainingHost<B, V, L>) =>
  <P, S, Batch extends readonly unknown[]>(
    loss: (params: P, ...batch: Batch) => L,
    tx: GradientTransformation<S>,
    options: TrainOptions<Batch>,
  ): TrainerOf<TrainState<P, S>, P, Batch, V> => {
    checkDriver('withGradient', tx, options, trainKinds)
    checkUnmarked('withGradient', tx, otherDriver)
    return trainOn(host, loss, tx, { mark: false, previous: false }, options)
  }
