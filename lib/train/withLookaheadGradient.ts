import { noMark } from '../errors/training.ts'
import { isMarked } from '../form/stages.ts'
import type { GradientTransformation } from '../form/transformation.ts'
import type { Shaped } from '../hosts/engine.ts'
import type { TrainingHost } from '../hosts/host.ts'
import { checkDriver, type TrainOptions, trainKinds } from './driver.ts'
import { type TrainerOf, type TrainState, trainOn } from './loop.ts'

/** A train state with the place where the next gradient is taken. */
export interface LookaheadState<P, S> extends TrainState<P, S> {
  readonly ahead: P
}

/** `withLookaheadGradient` on a host: the gradient is taken at the predicted parameters and applied to the real ones. */
export const withLookaheadGradientOn =
  <B extends Shaped, V, L>(host: TrainingHost<B, V, L>) =>
  <P, S, Batch extends readonly unknown[]>(
    loss: (params: P, ...batch: Batch) => L,
    tx: GradientTransformation<S>,
    options: TrainOptions<Batch>,
  ): TrainerOf<LookaheadState<P, S>, P, Batch, V> => {
    checkDriver('withLookaheadGradient', tx, options, trainKinds)
    if (!isMarked(tx.form)) throw noMark(tx.name)
    return trainOn(host, loss, tx, { mark: true, previous: false }, options)
  }
