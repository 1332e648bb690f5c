import * as tf from '@tensorflow/tfjs-core'
import { median } from 'simple-statistics'
import {
  cosineDecaySchedule,
  dispose,
  type Params,
  type Trainer,
  type TrainState,
  withGradient,
  withLookaheadGradient,
} from '../../lib/index.ts'
import type { Batch, OpenTask } from './openTask.ts'
import { optimizers } from './optimizers.ts'
import { isJudged, type Result, type Run, type Score, shares, testShares } from './runs.ts'
import { taskNamed } from './tasks.ts'

/** Trains once. A loss that is no longer a number ends the training; the result then has no final scores. */
export const train = (run: Run, task: OpenTask): Result => {
  const loop = loopOf(run, task.model)
  const looks = stepsAfter(shares, run.steps)
  const tests = isJudged(run) ? stepsAfter(testShares, run.steps) : []
  const [curve, test, times]: [Score[], Score[], number[]] = [[], [], []]
  for (let step = 1; step <= run.steps; step++) {
    const batch = task.batch(run.seed, step - 1)
    const used = process.cpuUsage()
    const value = loop.step(batch)
    const { user, system } = process.cpuUsage(used)
    times.push((user + system) / 1000)
    free(batch)
    if (!Number.isFinite(value)) break
    if (looks.includes(step)) curve.push(score(task.model, loop.params(), task.validation()))
    if (tests.includes(step)) test.push(score(task.model, loop.params(), task.test()))
  }
  loop.leave()
  const sound = curve.filter(({ loss }) => Number.isFinite(loss))
  const last = sound[shares.length - 1]
  return {
    ...run,
    setup: taskNamed(run.task).setup,
    curve: sound.map(({ loss }) => loss),
    ...(last && { validation: last }),
    ...(last && isJudged(run) && { test: test as unknown as NonNullable<Result['test']> }),
    stepMs: digits(median(times)),
  }
}

/** The steps after which so much of a training is done. */
export const stepsAfter = (shares: readonly number[], steps: number): readonly number[] =>
  shares.map((share) => Math.round(share * steps))

const digits = (value: number): number => Number(value.toPrecision(6))

/** How well `params` answer all batches, each of the same size. */
export const score = (model: OpenTask['model'], params: Params, batches: Iterable<Batch>): Score => {
  const [losses, shares]: [number[], number[]] = [[], []]
  for (const batch of batches) {
    const [loss, share] = tf.tidy(() => {
      const chosen = tf.argMax(model.logits(params, batch.inputs), 1)
      const right = tf.equal(chosen, tf.reshape(batch.targets, [-1]))
      return tf.stack([model.loss(params, batch.inputs, batch.targets), tf.mean(tf.cast(right, 'float32'))]).dataSync()
    })
    losses.push(loss!)
    shares.push(share!)
    free(batch)
  }
  return { loss: digits(mean(losses)), accuracy: digits(mean(shares)) }
}

const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length

interface Loop {
  /** Takes a step and gives its loss. */
  readonly step: (batch: Batch) => number
  readonly params: () => Params
  readonly leave: () => void
}

/** The plain optimizer where no step is looked ahead, else the same with its forecast. */
const loopOf = (run: Run, model: OpenTask['model']): Loop => {
  const rate = cosineDecaySchedule({ initValue: run.rate, decaySteps: run.steps })
  const tx = optimizers[run.optimizer](rate, run.ahead)
  const params = started(model, run.seed)
  return run.ahead === 0
    ? loop(withGradient(model.loss, tx, donate), params)
    : loop(withLookaheadGradient(model.loss, tx, donate), params)
}

/** The initial weights, without what a model may leave behind in making them. A tree of tensors is a container to tfjs. */
const started = (model: OpenTask['model'], seed: number): Params =>
  tf.tidy(() => model.init(seed) as tf.TensorContainer) as Params

/** Nobody looks at an old train state, so its buffers may be written in place. */
const donate = { donate: true }

const loop = <T extends TrainState<Params, unknown>>(
  trainer: Trainer<T, Params, [inputs: tf.Tensor, targets: tf.Tensor]>,
  params: Params,
): Loop => {
  let state = trainer.init(params)
  return {
    step: ({ inputs, targets }) => {
      const { train: next, value } = trainer.step(state, inputs, targets)
      state = next
      return read(value)
    },
    params: () => state.params,
    leave: () => dispose(state),
  }
}

const read = (scalar: tf.Scalar): number => {
  const value = scalar.dataSync()[0]!
  scalar.dispose()
  return value
}

const free = ({ inputs, targets }: Batch): void => {
  inputs.dispose()
  targets.dispose()
}
