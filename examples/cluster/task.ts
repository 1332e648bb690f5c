/** What is trained: a small transformer on text, by an optimizer with a forecast. */
import type * as tf from '@tensorflow/tfjs-core'
import {
  adamw,
  chain,
  clipByGlobalNorm,
  type GradientTransformation,
  treeLeaves,
  treeMap,
  warmupCosineDecaySchedule,
  withLookaheadGradient,
} from '../../lib/index.ts'
import { seedKey } from '../models/random.ts'
import { type TransformerParams, transformer } from '../models/transformer.ts'
import { alphabet, takeWindows, windowStarts } from '../text/book.ts'

export interface Task {
  readonly steps: number
  readonly rows: number
  readonly time: number
  readonly width: number
  readonly heads: number
  readonly depth: number
}

/** Sizes that eight devices share out evenly. */
export const taskOf = (steps: number): Task => ({ steps, rows: 16, time: 32, width: 64, heads: 4, depth: 2 })

export const modelOf = ({ time, width, heads, depth }: Task) =>
  transformer({ vocabulary: alphabet.length, context: time, width, heads, depth })

/** AdamW behind a clip, at a rate that rises and falls; the next gradient is taken one step ahead. */
export const optimizerOf = ({ steps }: Pick<Task, 'steps'>): GradientTransformation => {
  const warmupSteps = Math.max(1, Math.floor(steps / 10))
  const rate = warmupCosineDecaySchedule({ initValue: 0, peakValue: 3e-3, warmupSteps, decaySteps: steps })
  return chain(clipByGlobalNorm(1), adamw(rate, { weightDecay: 0.01, predictSteps: 1 })) as GradientTransformation
}

/** Where the windows of every step begin. */
const startsOf = ({ rows, time }: Task, step: number, book: Uint8Array): Uint32Array =>
  windowStarts(seedKey(2), step, rows, book.length - time - 1)

/** The tokens of all steps, int32 `[steps, rows, time + 1]`. */
export const batchesOf = (task: Task, book: Uint8Array): Int32Array => {
  const { steps, rows, time } = task
  const all = new Int32Array(steps * rows * (time + 1))
  for (let step = 0; step < steps; step++)
    startsOf(task, step, book).forEach((start, row) => {
      all.set(book.subarray(start, start + time + 1), (step * rows + row) * (time + 1))
    })
  return all
}

/** The shapes of the parameters, and their numbers one after another. */
export const initial = async (
  params: TransformerParams,
): Promise<{ readonly shapes: unknown; readonly numbers: Float32Array }> => {
  const tree = params as unknown as { readonly [key: string]: tf.Tensor }
  const parts = await Promise.all(treeLeaves(tree).map((leaf) => leaf.data<'float32'>()))
  const numbers = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    numbers.set(part, at)
    at += part.length
  }
  return { shapes: treeMap(tree, ({ shape }) => shape as never), numbers }
}

/** The loss of every step, in tfjs. */
export const trainHere = async (task: Task, book: Uint8Array): Promise<number[]> => {
  const model = modelOf(task)
  const loss = (params: TransformerParams, tokens: tf.Tensor, next: tf.Tensor) => model.loss(params, tokens, next)
  const trainer = withLookaheadGradient(loss as never, optimizerOf(task), { donate: true })
  let train = trainer.init(model.init(1) as never)
  const losses: number[] = []
  for (let step = 0; step < task.steps; step++) {
    const { tokens, next } = takeWindows(book, startsOf(task, step, book), task.time)
    const made = trainer.step(train, tokens as never, next as never)
    train = made.train
    losses.push((await made.value.data())[0] as number)
    for (const tensor of [tokens, next, made.value]) tensor.dispose()
  }
  return losses
}
