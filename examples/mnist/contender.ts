import * as tf from '@tensorflow/tfjs-core'
import {
  dispose,
  type Grads,
  type Params,
  type Trainer,
  treeLeaves,
  type ValueAndGrads,
  valueAndGrad,
} from '../../lib/index.ts'
import type { Model } from '../models/model.ts'
import type { Batch } from './digits.ts'

/** One who takes part in the race: what it does, and what was seen of it so far. */
export interface Contender<P> {
  readonly name: string
  /** Takes a step of training and gives its loss, at the weights where its gradient was taken. */
  readonly step: (batch: Batch) => tf.Scalar
  /** The first half of a step: loss and gradient. */
  readonly gradient: (batch: Batch) => ValueAndGrads
  /** The second half of a step: the optimizer's work on a gradient, which stays alive. */
  readonly update: (grads: Grads) => void
  /** What `update` does beside the optimizer's work: it passes the gradient on. */
  readonly passOn: (grads: Grads) => void
  readonly params: () => P
  /** Frees every tensor of the training. */
  readonly leave: () => void
  /** Of every step. */
  readonly losses: number[]
  /** Milliseconds of a step, one number a round. */
  readonly stepTimes: number[]
  /** Milliseconds of the optimizer's work, of every step that was taken in two halves. */
  readonly updateTimes: number[]
}

/** What both `withGradient` and `withLookaheadGradient` carry from step to step. */
interface Train<P> {
  readonly params: P
  readonly ahead?: P
}

/** Puts a loss and an optimizer together: `withGradient` or `withLookaheadGradient` with all but the loss filled in. */
export type Training<T, P> = <B extends readonly unknown[]>(
  loss: (params: P, ...batch: B) => tf.Scalar,
) => Trainer<T, P, B>

/** A model at the weights that `seed` gives, and its training. */
export const contender = <P extends Params, T extends Train<P>>(
  name: string,
  model: Model<P>,
  training: Training<T, P>,
  seed: number,
): Contender<P> => {
  const whole = training(model.loss)
  const secondHalf = training(handed<P>)
  const firstHalf = valueAndGrad(model.loss)
  const passing = valueAndGrad(handed<P>)
  let train = whole.init(model.init(seed))
  const take = (next: { readonly train: T; readonly value: tf.Scalar }): tf.Scalar => {
    train = next.train
    return next.value
  }
  return {
    name,
    step: ({ images, labels }) => take(whole.step(train, images, labels)),
    gradient: ({ images, labels }) => firstHalf(train.ahead ?? train.params, images, labels),
    update: (grads) => take(secondHalf.step(train, grads)).dispose(),
    passOn: (grads) => dispose(passing(train.params, grads)),
    params: () => train.params,
    leave: () => dispose(train),
    losses: [],
    stepTimes: [],
    updateTimes: [],
  }
}

/** A loss without a loss: its gradient is the given one. With it, a step of training is the optimizer's work alone. */
const handed = <P extends Params>(params: P, grads: Grads): tf.Scalar =>
  tf.customGrad((..._leaves: unknown[]) => ({
    value: tf.scalar(0),
    gradFunc: () => treeLeaves<tf.Tensor>(grads).map((grad) => tf.clone(grad)),
  }))(...treeLeaves<tf.Tensor>(params)) as tf.Scalar
