import { noPaired, pairedAlone } from '../errors/training.ts'
import { readsExtra } from '../form/named.ts'
import type { GradientTransformation } from '../form/transformation.ts'
import type { Shaped } from '../hosts/engine.ts'
import type { TrainingHost } from '../hosts/host.ts'
import { checkDriver, checkUnmarked, type TrainOptions, trainKinds } from './driver.ts'
import { type TrainerOf, type TrainState, trainOn } from './loop.ts'

/** A train state with the parameters before the last update. */
export interface PairedState<P, S> extends TrainState<P, S> {
  readonly previous: P
}

/** Checks that the second gradient is not taken for nothing. Errors: `bad-rule`. */
const checkReads = ({ name, form }: Pick<GradientTransformation, 'name' | 'form'>): void => {
  if (!readsExtra(form, 'gradAtPrevious')) throw noPaired(name)
}

/** `withPairedGradient` on a host: the gradient of every batch is taken at the parameters and at those before the last update. */
export const withPairedGradientOn =
  <B extends Shaped, V, L>(host: TrainingHost<B, V, L>) =>
  <P, S, Batch extends readonly unknown[]>(
    loss: (params: P, ...batch: Batch) => L,
    tx: GradientTransformation<S>,
    options: TrainOptions<Batch>,
  ): TrainerOf<PairedState<P, S>, P, Batch, V> => {
    checkDriver('withPairedGradient', tx, options, trainKinds)
    checkUnmarked('withPairedGradient', tx, pairedAlone)
    checkReads(tx)
    return trainOn(host, loss, tx, { mark: false, previous: true }, options)
  }
