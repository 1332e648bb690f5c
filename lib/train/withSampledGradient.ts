import { checkArgument, type Kind } from '../check/options.ts'
import { noDraws, noIvon } from '../errors/training.ts'
import { isMarked } from '../form/stages.ts'
import type { GradientTransformation } from '../form/transformation.ts'
import type { Shaped } from '../hosts/engine.ts'
import type { TrainingHost } from '../hosts/host.ts'
import { type Key, keyKind } from '../random/key.ts'
import type { Draws } from '../rule/rule.ts'
import { drawsOf } from './draws.ts'
import { checkDriver, type TrainOptions, trainKinds } from './driver.ts'
import { type TrainerOf, trainOn } from './loop.ts'
import type { LookaheadState } from './withLookaheadGradient.ts'

/** A train state with the weights at which the next gradient is taken, the normal numbers of that draw, and how many draws there were. */
export interface SampledState<P, S> extends LookaheadState<P, S> {
  readonly noise: P
  readonly draws: number
}

/** Options of `withSampledGradient`. */
export interface SampledOptions<Batch extends readonly unknown[]> extends TrainOptions<Batch> {
  /** The key of all draws: the same key, the same run. */
  readonly key: Key
}

/** The key is held against what a key is by itself: its error is another. */
const anything: Kind = { expected: 'a key', test: () => true }

const where = 'withSampledGradient'

/** The draws of a transformation. Errors: `bad-rule` where it has no mark, `bad-argument` where its mark is no draw. */
const checkDraws = ({ name, form }: Pick<GradientTransformation, 'name' | 'form'>): Draws => {
  if (!isMarked(form)) throw noIvon(where, name)
  const draws = drawsOf(form)
  if (draws) return draws
  throw noDraws(where)
}

/** `withSampledGradient` on a host: each gradient is taken at a draw around the parameters and applied to them. */
export const withSampledGradientOn =
  <B extends Shaped, V, L>(host: TrainingHost<B, V, L>) =>
  <P, S, Batch extends readonly unknown[]>(
    loss: (params: P, ...batch: Batch) => L,
    tx: GradientTransformation<S>,
    options: SampledOptions<Batch>,
  ): TrainerOf<SampledState<P, S>, P, Batch, V> => {
    checkDriver(where, tx, options, { ...trainKinds, key: anything })
    checkArgument(`${where}: key`, options.key, keyKind)
    return trainOn(host, loss, tx, { mark: true, previous: false, draws: checkDraws(tx) }, options)
  }
