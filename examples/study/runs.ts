import { type TaskName, taskNamed } from './tasks.ts'

/** XGrad's six. */
export type OptimizerName = 'sgdm' | 'rmsprop' | 'adam' | 'adamw' | 'adabelief' | 'adam3'

/** What a training is for. */
export type Part = 'scouting' | 'tuning' | 'judging' | 'batch' | 'width' | 'texts' | 'sixTuning' | 'six'

/** One training, told from every other by all of this. */
export interface Run {
  readonly part: Part
  readonly task: TaskName
  readonly optimizer: OptimizerName
  /** Steps looked ahead; 0 is the plain optimizer. */
  readonly ahead: number
  readonly rate: number
  readonly seed: number
  readonly steps: number
  /** Factors of the task's batch and width. */
  readonly batch: number
  readonly width: number
}

/** A mean cross entropy in nats and the share of right answers. */
export interface Score {
  readonly loss: number
  readonly accuracy: number
}

/** What came of a training. */
export interface Result extends Run {
  readonly setup: string
  /** Validation loss after 10, 25, 50 and 100 % of the steps, at the real weights, never the predicted; shorter where it diverged. */
  readonly curve: readonly number[]
  /** Of the final weights; none where the training diverged. */
  readonly validation?: Score
  /** Test after 95, 98 and 100 % of the steps; none where the part judges nothing or the training diverged. */
  readonly test?: readonly [Score, Score, Score]
  /** The median of the milliseconds of the processor in a step, batches and evaluations left out. */
  readonly stepMs: number
}

export const aheads: readonly number[] = [0, 1, 2, 3]

/** The shares of a training after which the validation loss is read. */
export const shares: readonly number[] = [0.1, 0.25, 0.5, 1]

/** The shares after which the test is read: a forecast that costs time has the first two for comparison at equal time. */
export const testShares = [0.95, 0.98, 1] as const

/** Parts that see the test. The others choose, and see the validation part only. */
export const isJudged = ({ part }: Pick<Run, 'part'>): boolean =>
  part !== 'scouting' && part !== 'tuning' && part !== 'sixTuning'

/** Tells a training from every other, one with other sizes of model or batch among them. */
export const keyOf = (run: Run, setup: string = taskNamed(run.task).setup): string =>
  [run.part, run.task, run.optimizer, run.ahead, run.rate, run.seed, run.steps, run.batch, run.width, setup].join(' | ')

export const nameOf = ({ part, task, optimizer, ahead, rate, seed }: Run): string =>
  `${part}, ${task}, ${optimizer}, s = ${ahead}, rate ${rate}, seed ${seed}`
