/** One who takes part in a race: a model that is trained by a chain, and what was seen of it so far. */
import type * as tf from '@tensorflow/tfjs-core'
import { isMarked } from '../../../lib/form/stages.ts'
import {
  dispose,
  type GradientTransformation,
  type Params,
  withGradient,
  withLookaheadGradient,
} from '../../../lib/index.ts'
import type { Batch, Task } from './task.ts'

export interface Racer {
  readonly chain: string
  /** Takes a step of training and gives its loss, at the weights where its gradient was taken. */
  readonly step: (batch: Batch) => tf.Scalar
  readonly params: () => Params
  /** Frees every tensor of the training. */
  readonly leave: () => void
  /** Of every step. */
  readonly losses: number[]
  /** Milliseconds of a step, one number a round. */
  readonly stepTimes: number[]
  /** The share of right answers, and after which step it was measured. */
  readonly accuracies: { readonly step: number; readonly accuracy: number }[]
  /** Why it is out of the race. */
  error?: string
}

interface Train {
  readonly params: Params
}

interface Steps {
  readonly init: (params: Params) => Train
  readonly step: (train: Train, ...batch: Batch) => { readonly train: Train; readonly value: tf.Scalar }
}

/** Nobody looks at an old train state, so its buffers may be written in place. */
const donate = { donate: true }

/** A task's model at the weights that `seed` gives, and its training by a chain. Errors: what the drivers say. */
export const racer = (chain: string, tx: GradientTransformation, { model }: Task, seed: number): Racer => {
  const drive = isMarked(tx.form) ? withLookaheadGradient : withGradient
  const trainer = drive(model.loss as never, tx as never, donate as never) as unknown as Steps
  let train = trainer.init(model.init(seed))
  return {
    chain,
    step: (batch) => {
      const next = trainer.step(train, ...batch)
      train = next.train
      return next.value
    },
    params: () => train.params,
    leave: () => dispose(train as never),
    losses: [],
    stepTimes: [],
    accuracies: [],
  }
}
