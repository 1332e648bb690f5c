/** The race: chains train one model side by side, by the same batches, from the same weights. */
import * as tf from '@tensorflow/tfjs-core'
import { breathe, nextFrame } from './breathe.ts'
import type { Racer } from './racer.ts'
import { type Batch, measured, type Task } from './task.ts'

/** A few steps between one look at the loss and the next: reading it makes a GPU wait. */
const roundSteps = 5

/** The test reads as many examples as ten steps of training. */
const measuredSteps = 50

const runRound = async (racer: Racer, batches: readonly Batch[]): Promise<void> => {
  const started = performance.now()
  const values: tf.Scalar[] = []
  try {
    for (const batch of batches) {
      values.push(racer.step(batch))
      await breathe()
    }
    const stacked = tf.stack(values)
    // When the losses are known, the work is done.
    racer.losses.push(...(await stacked.data()))
    racer.stepTimes.push((performance.now() - started) / batches.length)
    stacked.dispose()
  } catch (error) {
    racer.error = error instanceof Error ? error.message : String(error)
  }
  tf.dispose(values)
}

/**
 * Trains the racers side by side, a round of the same batches for each in turn, and never holds the page for longer than one step. Gives the step
 * after each round; whoever stops reading stops the race.
 */
export async function* race(racers: readonly Racer[], task: Task): AsyncGenerator<number> {
  for (let step = 0, round = 0; step < task.steps; round++) {
    const count = Math.min(roundSteps, task.steps - step)
    const batches = Array.from({ length: count }, (_, i) => task.batch(step + i))
    // Whoever starts a round may be held up by the page; it is another one each time.
    const order = round % 2 === 0 ? racers : racers.toReversed()
    for (const racer of order) if (racer.error === undefined) await runRound(racer, batches)
    tf.dispose(batches.flat())
    step += count
    await nextFrame()
    await breathe()
    if (step % measuredSteps === 0 || step === task.steps)
      for (const racer of racers)
        if (racer.error === undefined)
          racer.accuracies.push({ step, accuracy: await measured(task, racer.params(), breathe) })
    yield step
  }
}
