/** What is learned in a race: a model, its batches, and how well it does. */
import * as tf from '@tensorflow/tfjs-core'
import type { Params } from '../../../lib/index.ts'
import { batchRows, type Digits, takeBatch } from '../../mnist/digits.ts'
import { mlp } from '../../models/mlp.ts'
import type { Model } from '../../models/model.ts'
import { foldIn, seedKey } from '../../models/random.ts'
import { transformer } from '../../models/transformer.ts'
import { alphabet, takeWindows, windowStarts } from '../../text/book.ts'
import { slice, unpack } from '../../web/packing.ts'
import { unpackBook } from './bookFile.ts'
import { fetched } from './fetched.ts'
import type { TaskName } from './words.ts'

/** Inputs and targets as tensors, which the taker disposes. */
export type Batch = readonly [inputs: tf.Tensor, targets: tf.Tensor]

export interface Task {
  readonly model: Model<Params>
  readonly steps: number
  /** The batch of a step: the same for every chain. */
  readonly batch: (step: number) => Batch
  /** What the share of right answers is measured on, in parts that are quickly done. */
  readonly parts: readonly (() => Batch)[]
}

/** So many digits are read in the time of a step. */
const digitsAtOnce = 200

const digitsTask = (training: Digits, test: Digits, seed: number): Task => {
  const [batch, epochs] = [64, 8]
  const perEpoch = Math.floor(training.count / batch)
  const orders = new Map<number, readonly Uint32Array[]>()
  const orderOf = (epoch: number): readonly Uint32Array[] => {
    const known = orders.get(epoch) ?? batchRows(training.count, batch, seed, epoch)
    orders.set(epoch, known)
    return known
  }
  const taken = (digits: Digits, rows: ArrayLike<number> & Iterable<number>): Batch => {
    const { images, labels } = takeBatch(digits, rows)
    return [images, labels]
  }
  return {
    model: mlp() as unknown as Model<Params>,
    steps: epochs * perEpoch,
    batch: (step) => taken(training, orderOf(Math.floor(step / perEpoch))[step % perEpoch] as Uint32Array),
    parts: Array.from({ length: test.count / digitsAtOnce }, (_, k) => () => {
      const part = slice(test, k * digitsAtOnce, (k + 1) * digitsAtOnce)
      return taken(
        part,
        Uint32Array.from({ length: part.count }, (_, i) => i),
      )
    }),
  }
}

const [rows, time] = [16, 32]

const textTask = (training: Uint8Array, validation: Uint8Array, seed: number): Task => {
  const taken = (tokens: Uint8Array, starts: ArrayLike<number>): Batch => {
    const { tokens: inputs, next } = takeWindows(tokens, starts, time)
    return [inputs, next]
  }
  const key = foldIn(seedKey(seed), 1)
  return {
    model: transformer({
      vocabulary: alphabet.length,
      context: time,
      width: 32,
      heads: 2,
      depth: 1,
    }) as unknown as Model<Params>,
    steps: 1000,
    batch: (step) => taken(training, windowStarts(key, step, rows, training.length - time)),
    parts: Array.from(
      { length: 8 },
      (_, k) => () =>
        taken(
          validation,
          Array.from({ length: rows }, (_, i) => (k * rows + i) * time),
        ),
    ),
  }
}

const files = new Map<string, Promise<ArrayBuffer>>()

/** A file beside the page, fetched once; again, where that failed. */
const file = (name: string): Promise<ArrayBuffer> => {
  const known = files.get(name) ?? fetched(new URL(`./race/${name}`, document.baseURI).href)
  files.set(name, known)
  known.catch(() => files.delete(name))
  return known
}

/** Loads what a race needs. */
export const loadTask = async (name: TaskName, seed: number): Promise<Task> => {
  if (name === 'text') {
    const { training, validation } = unpackBook(await file('book.bin'))
    return textTask(training, validation, seed)
  }
  const { training, test } = unpack(await file('digits.bin'))
  return digitsTask(training, test, seed)
}

/** The share of right answers of a model, part by part; `rest` is called between them. */
export const measured = async (task: Task, params: Params, rest: () => Promise<void>): Promise<number> => {
  let [right, all] = [0, 0]
  for (const part of task.parts) {
    const share = tf.tidy(() => {
      const [inputs, targets] = part()
      const chosen = tf.argMax(task.model.logits(params, inputs), 1)
      all += chosen.size
      return tf.sum(tf.cast(tf.equal(chosen, tf.reshape(targets, [-1])), 'float32'))
    })
    right += (await share.data())[0] as number
    share.dispose()
    await rest()
  }
  return right / all
}
