import { aheads, keyOf, type OptimizerName, type Part, type Result, type Run } from './runs.ts'
import { type TaskName, taskNamed, tasks } from './tasks.ts'

/** How much of docs/study/plan.md is wanted. */
export interface Plan {
  /** Only the primary question. */
  readonly primaryOnly: boolean
  /** A fifth of the steps and few seeds and rates, to see that all works; says nothing of the question. */
  readonly quick: boolean
}

/** Seeds that tune, and seeds that judge: none is both. */
export const tuningSeeds = ({ quick }: Plan): readonly number[] => (quick ? [101] : [101, 102, 103])
export const judgingSeeds = ({ quick }: Plan): readonly number[] => from1(quick ? 3 : 20)
const exploringTuningSeeds: readonly number[] = [101, 102]
export const exploringSeeds: readonly number[] = [1, 2, 3, 4, 5]

const scoutedRates = (task: TaskName): readonly number[] =>
  task === 'lstm' ? [0.001, 0.0025, 0.0063, 0.016, 0.04, 0.063, 0.1] : [0.001, 0.0025, 0.0063, 0.016, 0.04]

/** Exploratory: the other five of XGrad's six, tuned over three rates each. */
export const otherOptimizers: readonly OptimizerName[] = ['sgdm', 'rmsprop', 'adam', 'adabelief', 'adam3']

export const primaryTasks: readonly TaskName[] = tasks.filter(({ primary }) => primary).map(({ name }) => name)
const otherTexts: readonly (readonly [TaskName, base: TaskName])[] = [
  ['lstmOther', 'lstm'],
  ['transformerOther', 'transformer'],
]

/** Factors of batch and width that are tried beside 1. */
export const factors: readonly number[] = [0.5, 2]

export const ratesOf = (task: TaskName, optimizer: OptimizerName, { quick }: Plan): readonly number[] => {
  if (optimizer === 'adamw') return quick ? taskNamed(task).rates.slice(2, 4) : taskNamed(task).rates
  return otherRates[optimizer][task as keyof (typeof otherRates)[typeof optimizer]]
}

const digitsRates = [0.004, 0.01, 0.025]
const otherRates = {
  sgdm: { digits: [0.02, 0.05, 0.125], lstm: [1, 2.5, 6.3], transformer: [0.063, 0.16, 0.4] },
  rmsprop: { digits: [0.0016, 0.004, 0.01], lstm: [0.01, 0.025, 0.063], transformer: [0.0016, 0.004, 0.01] },
  adam: { digits: digitsRates, lstm: [0.016, 0.04, 0.1], transformer: digitsRates },
  adabelief: { digits: digitsRates, lstm: [0.016, 0.04, 0.1], transformer: digitsRates },
  adam3: { digits: digitsRates, lstm: [0.016, 0.04, 0.1], transformer: digitsRates },
}

/** A rate is chosen for each task, optimizer and number of steps ahead by the tuning trainings alone. */
export interface Choice {
  readonly task: TaskName
  readonly optimizer: OptimizerName
  readonly ahead: number
}

const tuningRuns = ({ task, optimizer, ahead }: Choice, plan: Plan): readonly Run[] => {
  const [part, seeds]: [Part, readonly number[]] =
    optimizer === 'adamw' ? ['tuning', tuningSeeds(plan)] : ['sixTuning', exploringTuningSeeds]
  return ratesOf(task, optimizer, plan).flatMap((rate) =>
    seeds.map((seed) => run({ part, task, optimizer, ahead, rate, seed }, plan)),
  )
}

/** What tuning says of a choice: the mean of the final validation losses of each rate; none where a training diverged. */
export interface Tuned {
  readonly rates: readonly (readonly [rate: number, loss: number | undefined])[]
  /** The rate of the lowest mean; undefined until every training is in. */
  readonly best: number | undefined
}

export const tuned = (choice: Choice, plan: Plan, known: ReadonlyMap<string, Result>): Tuned => {
  const runs = tuningRuns(choice, plan).map((run) => ({ run, result: known.get(keyOf(run)) }))
  const rates = ratesOf(choice.task, choice.optimizer, plan).map((rate) => {
    const losses = runs.filter(({ run }) => run.rate === rate).map(({ result }) => result?.validation?.loss)
    const sound = losses.filter((loss) => loss !== undefined)
    const mean = sound.reduce((sum, loss) => sum + loss, 0) / sound.length
    return [rate, sound.length === losses.length ? mean : undefined] as const
  })
  const whole = runs.every(({ result }) => result !== undefined)
  const [first, ...others] = rates.filter(([, loss]) => loss !== undefined)
  const best = others.reduce((best, own) => (own[1]! < best![1]! ? own : best), first)
  return { rates, best: whole ? best?.[0] : undefined }
}

/** All trainings, those whose rate is not yet chosen at a rate of NaN. In order: what is primary first, and seed after seed. */
export const runsOf = (plan: Plan, known: ReadonlyMap<string, Result>): readonly Run[] => {
  const judged = judgings(plan, known)
  return [
    ...(plan.quick ? [] : scouting(plan)),
    ...choices('adamw', primaryTasks).flatMap((choice) => tuningRuns(choice, plan)),
    ...judgingSeeds(plan).flatMap((seed) => judged('judging', 'adamw', seed)),
    ...(plan.primaryOnly || plan.quick ? [] : exploratory(plan, judged)),
  ]
}

const scouting = (plan: Plan): readonly Run[] =>
  primaryTasks.flatMap((task) =>
    scoutedRates(task).map((rate) =>
      run({ part: 'scouting', task, optimizer: 'adamw', ahead: 0, rate, seed: 101 }, plan),
    ),
  )

const exploratory = (plan: Plan, judged: Judged): readonly Run[] => [
  ...exploringSeeds.flatMap((seed) => [
    ...otherTexts.flatMap(([task, base]) =>
      judged('texts', 'adamw', seed)
        .filter((own) => own.task === base)
        .map((own) => ({ ...own, task })),
    ),
    ...factors.flatMap((batch) => judged('batch', 'adamw', seed).map((own) => ({ ...own, batch }))),
    ...factors.flatMap((width) => judged('width', 'adamw', seed).map((own) => ({ ...own, width }))),
  ]),
  ...otherOptimizers.flatMap((optimizer) =>
    choices(optimizer, primaryTasks).flatMap((choice) => tuningRuns(choice, plan)),
  ),
  ...exploringSeeds.flatMap((seed) => otherOptimizers.flatMap((optimizer) => judged('six', optimizer, seed))),
]

/** The trainings of one seed that judge an optimizer, all tasks and s. */
type Judged = (part: Part, optimizer: OptimizerName, seed: number) => readonly Run[]

/** Each rate is looked up once, however many seeds there are. */
const judgings = (plan: Plan, known: ReadonlyMap<string, Result>): Judged => {
  const rated = new Map<OptimizerName, readonly (Choice & { readonly rate: number })[]>()
  const ratedOf = (optimizer: OptimizerName) =>
    choices(optimizer, primaryTasks).map((choice) => ({
      ...choice,
      rate: tuned(choice, plan, known).best ?? Number.NaN,
    }))
  return (part, optimizer, seed) => {
    const own = rated.get(optimizer) ?? ratedOf(optimizer)
    rated.set(optimizer, own)
    return own.map((choice) => run({ part, ...choice, seed }, plan))
  }
}

const choices = (optimizer: OptimizerName, of: readonly TaskName[]): readonly Choice[] =>
  of.flatMap((task) => aheads.map((ahead) => ({ task, optimizer, ahead })))

const run = (own: Omit<Run, 'steps' | 'batch' | 'width'>, { quick }: Plan): Run => {
  const share = quick ? 1 / 5 : own.optimizer === 'adamw' ? 1 : 1 / 2
  return { ...own, steps: taskNamed(own.task).steps * share, batch: 1, width: 1 }
}

const from1 = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i + 1)

/** Results by key. */
export const byKey = (results: readonly Result[]): ReadonlyMap<string, Result> =>
  new Map(results.map((result) => [keyOf(result, result.setup), result]))

/** Roughly how long a training takes, in milliseconds of an idle processor. */
export const costOf = ({ task, steps, batch, width, part }: Run): number =>
  taskNamed(task).stepMs * steps * batch * (part === 'width' ? width : 1)
