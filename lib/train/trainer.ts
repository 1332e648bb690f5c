import { checkArgument, type Kind, type Kinds, positiveInteger } from '../check/options.ts'
import { otherSamples } from '../errors/training.ts'
import { readsExtra } from '../form/named.ts'
import { isMarked } from '../form/stages.ts'
import type { GradientTransformation } from '../form/transformation.ts'
import type { Shaped } from '../hosts/engine.ts'
import type { TrainingHost } from '../hosts/host.ts'
import { type Key, keyKind } from '../random/key.ts'
import { drawsOf } from './draws.ts'
import { checkDriver, type TrainOptions, trainKinds } from './driver.ts'
import { type TrainerOf, type TrainerState, trainOn } from './loop.ts'

/** Options of `trainer`. */
export interface TrainerOptions<Batch extends readonly unknown[]> extends TrainOptions<Batch> {
  /** The key of all draws, where the transformation takes gradients at draws (IVON): the same key, the same run. */
  readonly key?: Key
  /** How many draws a step takes: as many as the transformation was made for. Default: these. */
  readonly mcSamples?: number
}

/** The key is held against what a key is by itself: its error is another. */
const anything: Kind = { expected: 'a key', test: () => true }

const kinds: Kinds<TrainerOptions<readonly unknown[]>> = { ...trainKinds, key: anything, mcSamples: positiveInteger }

const checkSamples = (name: string, asked: number | undefined, samples: number): void => {
  if (asked !== undefined && asked !== samples) throw otherSamples(name, samples, asked)
}

/** `trainer` on a host: a loss and a transformation as a training loop that takes gradients where the transformation needs them. */
export const trainerOn =
  <B extends Shaped, V, L>(host: TrainingHost<B, V, L>) =>
  <P, S, Batch extends readonly unknown[]>(
    loss: (params: P, ...batch: Batch) => L,
    tx: GradientTransformation<S>,
    options: TrainerOptions<Batch>,
  ): TrainerOf<TrainerState<P, S>, P, Batch, V> => {
    checkDriver('trainer', tx, options, kinds)
    const { name, form } = tx
    const draws = drawsOf(form)
    checkSamples(name, options.mcSamples, draws?.samples ?? 1)
    if (draws || options.key !== undefined) checkArgument('trainer: key', options.key, keyKind)
    const previous = readsExtra(form, 'gradAtPrevious', false)
    return trainOn(host, loss, tx, { mark: isMarked(form), previous, draws }, options)
  }
