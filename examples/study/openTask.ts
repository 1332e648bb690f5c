import type * as tf from '@tensorflow/tfjs-core'
import type { Params } from '../../lib/index.ts'
import { loadAllDigits } from '../mnist/allDigits.ts'
import { batchRows, type Digits, takeBatch } from '../mnist/digits.ts'
import { cnn } from '../models/cnn.ts'
import { lstm } from '../models/lstm.ts'
import type { Model } from '../models/model.ts'
import { foldIn, seedKey } from '../models/random.ts'
import { transformer } from '../models/transformer.ts'
import { alphabet, type Split, splitBook, takeWindows, windowStarts } from '../text/book.ts'
import { loadSpeeches } from '../text/speeches.ts'
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
  /** What rates are chosen by, and what nothing is chosen by: the same at every reading, in pieces of one size. */
  readonly validation: () => Iterable<Batch>
  readonly test: () => Iterable<Batch>
}

/** A task at factors of its width and of its batch. */
export interface Scale {
  readonly task: TaskName
  readonly width: number
  readonly batch: number
}

export const openTask = ({ task, width, batch }: Scale): OpenTask => openers[task](width, batch)

type Opener = (width: number, batch: number) => OpenTask

const openers: Readonly<Record<TaskName, Opener>> = {
  digits: (width, batch) => digitsTask(anyModel(cnn({ channels: [4 * width, 8 * width] })), 32 * batch),
  lstm: (width, batch) => textTask(speeches(), recurrent(width), 8 * batch),
  transformer: (width, batch) => textTask(book(), attending(width), 8 * batch),
  lstmOther: (width, batch) => textTask(book(), recurrent(width), 8 * batch),
  transformerOther: (width, batch) => textTask(speeches(), attending(width), 8 * batch),
}

/** A model of its own parameters, seen as a model of any: a training only hands back what `init` gave. */
const anyModel = <P extends Params>(model: Model<P>): Model<Params> => model as unknown as Model<Params>

/** Characters of a window. */
const time = 32

const recurrent = (width: number): Model<Params> =>
  anyModel(lstm({ vocabulary: alphabet.length, width: 24 * width, hidden: 48 * width }))

const attending = (width: number): Model<Params> =>
  anyModel(transformer({ vocabulary: alphabet.length, context: time, width: 32 * width, heads: 4, depth: 1 }))

const digitsTask = (model: Model<Params>, size: number): OpenTask => {
  const { training, validation, test } = digits()
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
    validation: () => pieces(validation.count, 500, (rows) => digitBatch(validation, rows)),
    test: () => pieces(test.count, 500, (rows) => digitBatch(test, rows)),
  }
}

const textTask = ({ training, validation, test }: Split, model: Model<Params>, rows: number): OpenTask => {
  const startsOf = (seed: number, step: number) =>
    windowStarts(foldIn(seedKey(seed), windowStream), step, rows, training.length - time)
  const windows = (tokens: Uint8Array, count: number) =>
    pieces(count, 128, (places) =>
      textBatch(
        tokens,
        places.map((i) => Math.floor((i * (tokens.length - time)) / count)),
      ),
    )
  return {
    model,
    batch: (seed, step) => textBatch(training, startsOf(seed, step)),
    validation: () => windows(validation, 256),
    test: () => windows(test, 1024),
  }
}

/** The batches of places 0 to count − 1, so many at once. */
function* pieces(count: number, size: number, batchOf: (places: Uint32Array) => Batch): Iterable<Batch> {
  for (let from = 0; from < count; from += size) yield batchOf(Uint32Array.from({ length: size }, (_, i) => from + i))
}

/** Sets the text of the batches apart from the initial weights, which grow from the same seed. */
const windowStream = 0x7e47

const digitBatch = (digits: Digits, rows: Uint32Array): Batch => {
  const { images, labels } = takeBatch(digits, rows)
  return { inputs: images, targets: labels }
}

const textBatch = (tokens: Uint8Array, starts: Uint32Array): Batch => {
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

const digits = once(loadAllDigits)
const book = once(splitBook)
const speeches = once(loadSpeeches)
