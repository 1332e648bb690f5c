/** A training loop with callbacks, over any trainer on tensors. What it tells is read once an epoch, or as often as it is asked; nothing else is read. */
import * as tf from '@tensorflow/tfjs-core'
import { metrics } from '../../lib/index.ts'

/** Numbers by name: `loss`, what the state records, and what the validation told. */
export type Logs = Readonly<Record<string, number>>

export interface Step {
  readonly epoch: number
  readonly epochs: number
  readonly step: number
  readonly steps: number
  /** Only of the steps that were asked for by `logEvery`. */
  readonly logs: Logs | undefined
}

export interface Epoch<Train> {
  readonly epoch: number
  readonly epochs: number
  readonly logs: Logs
  /** Consumed by the next step where the trainer donates: a callback that keeps its tensors copies them. */
  readonly train: Train
}

/** What is called during a training. `onEpoch` ends it by answering 'stop'. */
export interface Callback<Train> {
  readonly onStep?: (step: Step) => void
  readonly onEpoch?: (epoch: Epoch<Train>) => 'stop' | undefined
  readonly onEnd?: () => void
}

/** What of a trainer the loop needs: those of `withGradient`, `withLookaheadGradient` and `trainer` are such. */
export interface Stepping<Train, Batch extends readonly unknown[]> {
  readonly step: (train: Train, ...batch: Batch) => { readonly train: Train; readonly value: tf.Scalar }
}

export interface TrainEpochsOptions<Train, Batch extends readonly unknown[]> {
  readonly trainer: Stepping<Train, Batch>
  readonly train: Train
  /** The batches of an epoch, made when it begins; their tensors are theirs who make them. */
  readonly batches: (epoch: number) => readonly Batch[]
  readonly epochs: number
  /** Reads loss and records of every so many steps, for `onStep`. Default: none. */
  readonly logEvery?: number
  /** More numbers of an epoch, such as the loss on other data. */
  readonly validate?: (train: Train) => Promise<Logs>
  readonly callbacks?: readonly Callback<Train>[]
}

/** The loss beside what the state records, in one read. */
const read = (loss: tf.Tensor, train: unknown): Promise<Logs> => metrics({ measurements: { loss }, train })

/**
 * Trains for so many epochs, or until a callback says 'stop', and answers the last train state.
 *
 * The loss of an epoch is the mean over its steps: it is summed where the tensors are, and read once at the end, together with what `record` keeps.
 */
export const trainEpochs = async <Train, Batch extends readonly unknown[]>({
  trainer,
  train: first,
  batches,
  epochs,
  logEvery = Number.POSITIVE_INFINITY,
  validate,
  callbacks = [],
}: TrainEpochsOptions<Train, Batch>): Promise<Train> => {
  let train = first
  try {
    for (let epoch = 0; epoch < epochs; epoch++) {
      const list = batches(epoch)
      let sum: tf.Tensor = tf.scalar(0)
      for (const [i, batch] of list.entries()) {
        const { train: next, value } = trainer.step(train, ...batch)
        train = next
        const logs = (i + 1) % logEvery === 0 ? await read(value, train) : undefined
        const more = tf.add(sum, value)
        tf.dispose([sum, value])
        sum = more
        for (const { onStep } of callbacks) onStep?.({ epoch, epochs, step: i + 1, steps: list.length, logs })
      }
      const mean = tf.div(sum, list.length)
      const logs = { ...(await read(mean, train)), ...(await validate?.(train)) }
      tf.dispose([sum, mean])
      const answers = callbacks.map(({ onEpoch }) => onEpoch?.({ epoch, epochs, logs, train }))
      if (answers.includes('stop')) return train
    }
    return train
  } finally {
    for (const { onEnd } of callbacks) onEnd?.()
  }
}
