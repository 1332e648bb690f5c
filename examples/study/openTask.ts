import type * as tf from '@tensorflow/tfjs-core'
import type { Params } from '../../lib/index.ts'
import { batchRows, type Digits, loadDigits, takeBatch } from '../mnist/digits.ts'
import { cnn } from '../models/cnn.ts'
import { lstm } from '../models/lstm.ts'
import { mlp } from '../models/mlp.ts'
import type { Model } from '../models/model.ts'
import { foldIn, seedKey } from '../models/random.ts'
import { transformer } from '../models/transformer.ts'
import { alphabet, type Book, loadBook, takeWindows, windowStarts } from '../text/book.ts'
import type { TaskName } from './tasks.ts'

export interface Batch {
  readonly inputs: tf.Tensor
  readonly targets: tf.Tensor
}

/** A task with its data at hand. The caller disposes every batch. */
export interface OpenTask {
  readonly model: Model<Params>
  /** The batch of a step: a function of seed and step only, so every training of one seed sees the same. */
  readonly batch: (seed: number, step: number) => Batch
  /** The held-out examples that every evaluation reads, a batch of them. */
  readonly held: () => Batch
}

export const openTask = (name: TaskName): OpenTask => openers[name]()

const openers: Readonly<Record<TaskName, () => OpenTask>> = {
  mlp: () => digitsTask(anyModel(mlp({ widths: [784, 32, 10] })), 32, 1000),
  cnn: () => digitsTask(anyModel(cnn({ channels: [4, 8] })), 32, 500),
  lstm: () => textTask(anyModel(lstm({ vocabulary: alphabet.length, width: 32, hidden: 64 })), 16, 8, 192),
  transformer: () => textTask(anyModel(transformer(small)), 8, 16, 96),
}

const small = { vocabulary: alphabet.length, context: 16, width: 32, heads: 4, depth: 1 }

/** A model of its own parameters, seen as a model of any: a training only hands back what `init` gave. */
const anyModel = <P extends Params>(model: Model<P>): Model<Params> => model as unknown as Model<Params>

const digitsTask = (model: Model<Params>, size: number, held: number): OpenTask => {
  const { training, test } = digits()
  const perEpoch = Math.floor(training.count / size)
  const epochs = new Map<string, readonly Uint32Array[]>()
  const rowsOf = (seed: number, epoch: number): readonly Uint32Array[] => {
    const key = `${seed} ${epoch}`
    const known = epochs.get(key) ?? batchRows(training.count, size, seed, epoch)
    if (!epochs.has(key)) epochs.clear()
    epochs.set(key, known)
    return known
  }
  return {
    model,
    batch: (seed, step) => digitBatch(training, rowsOf(seed, Math.floor(step / perEpoch))[step % perEpoch]!),
    // Every so many: the digits lie class after class.
    held: () =>
      digitBatch(
        test,
        Uint32Array.from({ length: held }, (_, i) => Math.floor((i * test.count) / held)),
      ),
  }
}

const textTask = (model: Model<Params>, rows: number, time: number, held: number): OpenTask => {
  const { training, validation } = book()
  const span = (tokens: Uint8Array): number => tokens.length - time
  const startsOf = (seed: number, step: number) =>
    windowStarts(foldIn(seedKey(seed), windowStream), step, rows, span(training))
  const chosen = Uint32Array.from({ length: held }, (_, i) => Math.floor((i * span(validation)) / held))
  return {
    model,
    batch: (seed, step) => textBatch(training, startsOf(seed, step), time),
    held: () => textBatch(validation, chosen, time),
  }
}

/** Sets the text of the batches apart from the initial weights, which grow from the same seed. */
const windowStream = 0x7e47

const digitBatch = (digits: Digits, rows: Uint32Array): Batch => {
  const { images, labels } = takeBatch(digits, rows)
  return { inputs: images, targets: labels }
}

const textBatch = (tokens: Uint8Array, starts: Uint32Array, time: number): Batch => {
  const { tokens: inputs, next } = takeWindows(tokens, starts, time)
  return { inputs, targets: next }
}

/** Read once, when first asked for. */
const once = <A>(make: () => A): (() => A) => {
  let made: { readonly value: A } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

const digits = once(loadDigits)
const book = once<Book>(loadBook)
