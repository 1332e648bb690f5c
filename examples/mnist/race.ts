import { setImmediate } from 'node:timers/promises'
import * as tf from '@tensorflow/tfjs-core'
import { dispose, type Params, treeLeaves } from '../../lib/index.ts'
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
export async function* race<P extends Params>(
  contenders: readonly Contender<P>[],
  course: Course,
): AsyncGenerator<Standing> {
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

/** Every fifth: waiting after each half of a step costs a GPU time. */
const measuredRound = 5

const runRound = async <P>(contender: Contender<P>, batches: readonly Batch[]): Promise<void> => {
  const started = performance.now()
  const values: tf.Scalar[] = []
  for (const batch of batches) {
    values.push(contender.step(batch))
    await breathe()
  }
  const stacked = tf.stack(values)
  // When the losses are known, the work is done.
  contender.losses.push(...(await stacked.data()))
  contender.stepTimes.push((performance.now() - started) / batches.length)
  tf.dispose([values, stacked])
}

/** Takes the steps of a round in two halves, with nothing else under way while the second, the optimizer's, is timed. */
const measureRound = async <P extends Params>(contender: Contender<P>, batches: readonly Batch[]): Promise<void> => {
  for (const batch of batches) {
    const { value, grads } = contender.gradient(batch)
    contender.losses.push(...(await value.data()))
    await breathe()
    const passing = await timed(contender, () => contender.passOn(grads))
    const updating = await timed(contender, () => contender.update(grads))
    contender.updateTimes.push(updating - passing)
    dispose([value, grads])
  }
}

/** The milliseconds until a GPU, too, has done what `work` gives it; the last leaf is a small one to read back. */
const timed = async <P extends Params>({ params }: Contender<P>, work: () => void): Promise<number> => {
  const started = performance.now()
  work()
  await treeLeaves<tf.Tensor>(params()).at(-1)?.data()
  return performance.now() - started
}

/** The wasm backend never waits: without this a signal, such as Ctrl-C, would not be heard. */
const breathe = (): Promise<void> => setImmediate()
