import { type OptimizerName, optimizerNames, type Task, type TaskName, tasks } from './tasks.ts'

/** Trainings that differ only in how many steps they look ahead: they start and end together, step by step in turn. */
export interface Job {
  readonly task: TaskName
  readonly optimizer: OptimizerName
  readonly rate: number
  readonly seed: number
  readonly steps: number
  readonly aheads: readonly number[]
}

/** One training. */
export interface Run extends Omit<Job, 'aheads'> {
  readonly ahead: number
}

/** What came of a training. */
export interface Result extends Run {
  readonly setup: string
  /** Step and held-out loss at the weights after it: the real ones, never the predicted. The first point is the start. */
  readonly curve: readonly (readonly [step: number, loss: number])[]
  /** The median of the milliseconds of a step, batches and evaluations left out: as a clock saw them. */
  readonly wallMs: number
  /** The same as the processor counts them: what a clock would see on one thread with nothing else running. */
  readonly stepMs: number
  /** A loss was no longer a number; the curve ends before it. */
  readonly diverged: boolean
}

/** What of the study is wanted. */
export interface Plan {
  readonly tasks: readonly TaskName[]
  readonly optimizers: readonly OptimizerName[]
  readonly seeds: number
  readonly quick: boolean
}

export const aheads: readonly number[] = [0, 1, 2, 3]

export const taskNamed = (name: TaskName): Task => tasks.find((task) => task.name === name)!

/** Half the steps and two rates from the middle of the grid, where it must be quick. */
export const stepsOf = (task: Task, { quick }: Pick<Plan, 'quick'>): number => (quick ? task.steps / 2 : task.steps)

export const ratesOf = (task: Task, optimizer: OptimizerName, { quick }: Pick<Plan, 'quick'>): readonly number[] =>
  quick ? task.rates[optimizer].slice(1, 3) : task.rates[optimizer]

/** All jobs, seed after seed: whenever the study is cut off, every cell has about as many seeds as the next. */
export const jobsOf = (plan: Plan): readonly Job[] =>
  Array.from({ length: plan.seeds }, (_, seed) => seed).flatMap((seed) =>
    plan.tasks.flatMap((name) => {
      const task = taskNamed(name)
      return plan.optimizers.flatMap((optimizer) =>
        ratesOf(task, optimizer, plan).map((rate) => ({
          task: name,
          optimizer,
          rate,
          seed,
          steps: stepsOf(task, plan),
          aheads,
        })),
      )
    }),
  )

export const runsOf = ({ aheads, ...job }: Job): readonly Run[] => aheads.map((ahead) => ({ ...job, ahead }))

/** Tells a training from every other, one with other sizes of model or batch among them. */
export const keyOf = (run: Run, setup: string = taskNamed(run.task).setup): string =>
  [run.task, run.optimizer, run.rate, run.ahead, run.seed, run.steps, setup].join(' | ')

/** What of `jobs` is still to do, given the keys of what is done. */
export const remaining = (jobs: readonly Job[], done: ReadonlySet<string>): readonly Job[] =>
  jobs
    .map((job) => ({ ...job, aheads: job.aheads.filter((ahead) => !done.has(keyOf({ ...job, ahead }))) }))
    .filter(({ aheads }) => aheads.length > 0)

export const fullPlan: Plan = {
  tasks: tasks.map(({ name }) => name),
  optimizers: optimizerNames,
  seeds: 5,
  quick: false,
}
