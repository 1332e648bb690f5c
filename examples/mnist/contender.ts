import type * as tf from '@tensorflow/tfjs-core'
import { dispose, type Params, type Trainer, valueAndGrad } from '../../lib/index.ts'
import type { Model } from '../models/model.ts'
import type { Batch } from './digits.ts'

/** One who takes part in the race: what it does, and what was seen of it so far. */
export interface Contender<P> {
  readonly name: string
  /** Takes a step of training and gives its loss, at the weights where its gradient was taken. */
  readonly step: (batch: Batch) => tf.Scalar
  /** Does what `step` does but for the update: the loss, with a gradient that nobody uses. */
  readonly gradientAlone: (batch: Batch) => tf.Scalar
  readonly params: () => P
  /** Frees every tensor of the training. */
  readonly leave: () => void
  /** Of every step. */
  readonly losses: number[]
  /** Milliseconds of a step, one number a round. */
  readonly stepTimes: number[]
  /** Milliseconds of the update in a step, one number for each round where it was measured. */
  readonly updateTimes: number[]
}

/** What both `withGradient` and `withLookaheadGradient` carry from step to step. */
interface Train<P> {
  readonly params: P
  readonly ahead?: P
}

/** A model at the weights that `seed` gives, trained by what `withGradient` or `withLookaheadGradient` made. */
export const contender = <P extends Params, T extends Train<P>>(
  name: string,
  model: Model<P>,
  trainer: Trainer<T, P, readonly [tf.Tensor, tf.Tensor]>,
  seed: number,
): Contender<P> => {
  const valueAndGradient = valueAndGrad(model.loss)
  let train = trainer.init(model.init(seed))
  return {
    name,
    step: ({ images, labels }) => {
      const next = trainer.step(train, images, labels)
      train = next.train
      return next.value
    },
    gradientAlone: ({ images, labels }) => {
      const { value, grads } = valueAndGradient(train.ahead ?? train.params, images, labels)
      dispose(grads)
      return value
    },
    params: () => train.params,
    leave: () => dispose(train),
    losses: [],
    stepTimes: [],
    updateTimes: [],
  }
}
