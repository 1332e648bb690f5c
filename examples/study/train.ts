import * as tf from '@tensorflow/tfjs-core'
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
import { type Job, type Result, taskNamed } from './runs.ts'
import { median } from './statistics.ts'

/**
 * Trains all of a job's runs side by side, each step of one beside the same step of the others and each time another
 * first: whatever else the machine is busy with then costs all of them the same.
 */
export const train = (job: Job, task: OpenTask): readonly Result[] => {
  const { aheads, ...common } = job
  const learners = aheads.map((ahead) => learner(job, ahead, task))
  const held = task.held()
  const looks = new Set(checkpoints(job.steps))
  for (const { evaluate } of learners) evaluate(0, held)
  for (let step = 0; step < job.steps; step++) {
    const batch = task.batch(job.seed, step)
    learners.forEach((_, i) => {
      learners[(i + step) % learners.length]!.step(batch)
    })
    free(batch)
    if (looks.has(step + 1)) for (const { evaluate } of learners) evaluate(step + 1, held)
  }
  free(held)
  return learners.map(({ ahead, leave }) => ({ ...common, ahead, setup: taskNamed(job.task).setup, ...leave() }))
}

/** The steps after which the held-out loss is read: twenty, evenly spaced, the last among them. */
export const checkpoints = (steps: number): readonly number[] =>
  Array.from({ length: 20 }, (_, i) => Math.round(((i + 1) * steps) / 20))

interface Learner {
  readonly ahead: number
  readonly step: (batch: Batch) => void
  readonly evaluate: (step: number, held: Batch) => void
  /** Frees every tensor of the training and gives what was seen. */
  readonly leave: () => Pick<Result, 'curve' | 'stepMs' | 'wallMs' | 'diverged'>
}

const learner = (job: Job, ahead: number, { model }: OpenTask): Learner => {
  const loop = loopOf(job, ahead, model)
  const curve: [number, number][] = []
  const [wall, own]: [number[], number[]] = [[], []]
  let diverged = false
  return {
    ahead,
    step: (batch) => {
      if (diverged) return
      const [started, used] = [performance.now(), process.cpuUsage()]
      const value = loop.step(batch)
      const { user, system } = process.cpuUsage(used)
      wall.push(performance.now() - started)
      own.push((user + system) / 1000)
      diverged = !Number.isFinite(value)
    },
    evaluate: (step, { inputs, targets }) => {
      if (diverged) return
      const value = read(tf.tidy(() => model.loss(loop.params(), inputs, targets)))
      if (Number.isFinite(value)) curve.push([step, Number(value.toPrecision(7))])
      else diverged = true
    },
    leave: () => {
      loop.leave()
      return { curve, stepMs: digits(median(own)), wallMs: digits(median(wall)), diverged }
    },
  }
}

const digits = (value: number): number => Number(value.toPrecision(5))

interface Loop {
  /** Takes a step and gives its loss. */
  readonly step: (batch: Batch) => number
  readonly params: () => Params
  readonly leave: () => void
}

/** The plain optimizer where no step is looked ahead, else the same with its forecast. */
const loopOf = (job: Job, ahead: number, model: OpenTask['model']): Loop => {
  const rate = cosineDecaySchedule({ initValue: job.rate, decaySteps: job.steps })
  const tx = optimizers[job.optimizer](rate, ahead)
  const params = started(model, job.seed)
  return ahead === 0
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
