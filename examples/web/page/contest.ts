import * as tf from '@tensorflow/tfjs-core'
import type { Params } from '../../../lib/index.ts'
import type { Contender } from '../../mnist/contender.ts'
import { type Batch, batchRows, type Digits, takeBatch } from '../../mnist/digits.ts'
import { evaluate } from '../../mnist/evaluate.ts'
import type { Course } from '../../mnist/race.ts'
import type { Model } from '../../models/model.ts'
import { slice } from '../packing.ts'
import { breathe, nextFrame } from './breathe.ts'

export interface Contest<P> {
  readonly model: Model<P>
  readonly contenders: readonly Contender<P>[]
  readonly course: Course
  readonly test: Digits
}

/** Where a contest stands. */
export interface Standing {
  readonly step: number
  /** The share of test digits that each contender reads, where it has just been measured. */
  readonly accuracies?: readonly number[]
}

/**
 * Trains the contenders side by side, a round of the same batches for each in turn, and never holds the page for longer
 * than one step. Gives the standing after each round; whoever stops reading stops the contest.
 */
export async function* contest<P extends Params>(given: Contest<P>): AsyncGenerator<Standing> {
  const { contenders, course } = given
  let step = 0
  for (const rows of rounds(course)) {
    const batches = rows.map((row) => takeBatch(course.digits, row))
    // Whoever starts a round may be held up by the page; it is another one each time.
    const order = (step / roundSteps) % 2 === 0 ? contenders : contenders.toReversed()
    for (const contender of order) await runRound(contender, batches)
    tf.dispose(batches.map(({ images, labels }) => [images, labels]))
    step += batches.length
    await nextFrame()
    await breathe()
    yield step % measuredSteps === 0 ? { step, accuracies: await measure(given) } : { step }
  }
}

/** A few steps between one look at the loss and the next: reading it makes a GPU wait. */
const roundSteps = 5

/** The test reads as many digits as ten steps of training. */
const measuredSteps = 50

function* rounds({ digits, batch, epochs, seed }: Course): Generator<readonly Uint32Array[]> {
  for (let epoch = 0; epoch < epochs; epoch++) {
    const rows = batchRows(digits.count, batch, seed, epoch)
    for (let from = 0; from < rows.length; from += roundSteps) yield rows.slice(from, from + roundSteps)
  }
}

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

const measure = async <P extends Params>({ model, contenders, test }: Contest<P>): Promise<readonly number[]> => {
  const accuracies: number[] = []
  for (const { params } of contenders) {
    let right = 0
    for (let from = 0; from < test.count; from += measuredAtOnce) {
      const part = slice(test, from, from + measuredAtOnce)
      right += part.count * (await evaluate(model, params(), part)).accuracy
      await breathe()
    }
    accuracies.push(right / test.count)
  }
  return accuracies
}

/** So many digits are read in the time of a step. */
const measuredAtOnce = 200
