import { setImmediate } from 'node:timers/promises'
import * as tf from '@tensorflow/tfjs-core'
import type { Contender } from './contender.ts'
import { type Batch, batchRows, type Digits, takeBatch } from './digits.ts'
import type { Standing } from './progress.ts'

export interface Course {
  readonly digits: Digits
  readonly batch: number
  readonly epochs: number
  readonly seed: number
}

export const stepsOf = ({ digits, batch, epochs }: Course): number => epochs * Math.floor(digits.count / batch)

/**
 * Trains the contenders side by side: a round of the same batches for each, in turn, so that neither a busy machine nor
 * another order of the digits favours one. Gives the standing after each round; whoever stops reading stops the race.
 */
export async function* race(contenders: readonly Contender<unknown>[], course: Course): AsyncGenerator<Standing> {
  const started = performance.now()
  let step = 0
  let round = 0
  for (const rows of rounds(course)) {
    const batches = rows.map((row) => takeBatch(course.digits, row))
    round++
    for (const contender of contenders) {
      if (round % measuredRound === 0) await measureRound(contender, batches)
      else await runRound(contender, batches)
    }
    tf.dispose(batches.map(({ images, labels }) => [images, labels]))
    step += batches.length
    const seconds = (performance.now() - started) / 1000
    yield {
      step,
      steps: stepsOf(course),
      losses: contenders.map(({ losses }) => losses.at(-1) ?? Number.NaN),
      imagesPerSecond: (step * course.batch * contenders.length) / seconds,
      seconds,
    }
  }
}

/** A few steps between one look at the loss and the next: reading it makes a GPU wait. */
const roundSteps = 10

function* rounds({ digits, batch, epochs, seed }: Course): Generator<readonly Uint32Array[]> {
  for (let epoch = 0; epoch < epochs; epoch++) {
    const rows = batchRows(digits.count, batch, seed, epoch)
    for (let from = 0; from < rows.length; from += roundSteps) yield rows.slice(from, from + roundSteps)
  }
}

/** Every fifth: the gradients that measuring takes are not used, so they should not cost much. */
const measuredRound = 5

/** Takes the steps of a round; gives the milliseconds of one. */
const runRound = async (contender: Contender<unknown>, batches: readonly Batch[]): Promise<number> => {
  const { milliseconds, losses } = await timed(batches, contender.step)
  contender.losses.push(...losses)
  contender.stepTimes.push(milliseconds)
  return milliseconds
}

/**
 * Takes the steps of a round, and measures what of them is the optimizer: a whole step, less a step without its update by
 * the same batches. Nothing inside a step is clocked, since a GPU is still at work when a call returns.
 */
const measureRound = async (contender: Contender<unknown>, batches: readonly Batch[]): Promise<void> => {
  const bare = await timed(batches, contender.gradientAlone)
  contender.updateTimes.push((await runRound(contender, batches)) - bare.milliseconds)
}

/** Runs something by each batch and waits until the losses are known, which is when the work is done. */
const timed = async (batches: readonly Batch[], run: (batch: Batch) => tf.Scalar) => {
  const started = performance.now()
  const values: tf.Scalar[] = []
  for (const batch of batches) {
    values.push(run(batch))
    // The wasm backend never waits: without this a signal, such as Ctrl-C, would not be heard.
    await setImmediate()
  }
  const stacked = tf.stack(values)
  const losses = await stacked.data()
  const milliseconds = (performance.now() - started) / batches.length
  tf.dispose([values, stacked])
  return { milliseconds, losses }
}
