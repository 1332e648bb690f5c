/** A comparison of methods as data: which trainings it asks for, and what was found. */
import { type Estimate, estimate, holm, pairedDifference } from '../study/statistics.ts'

/** The numbers of one training, by name. */
export type Figures = Readonly<Record<string, number>>

/** What a training is asked for: to choose a setting on validation data, or to judge the chosen one on test data by other seeds. */
export type Part = 'tuning' | 'judging'

/** One training that an experiment asks for. */
export interface Trial {
  readonly arm: string
  readonly setting: string
  readonly part: Part
  readonly seed: number
}

/** One training that was made. */
export interface Found extends Trial {
  readonly figures: Figures
}

/** One of the methods that are compared. */
export interface Arm {
  /** What is tuned, in order; where there is one, nothing is tuned. */
  readonly settings: readonly string[]
  /** Trains, and judges: by validation data while tuning, by test data otherwise. */
  readonly train: (setting: string, seed: number, part: Part) => Promise<Figures>
}

/** A column of the table: a figure's name, its heading, how a number of it is written, and how a difference, where that has another unit. */
export interface Column {
  readonly figure: string
  readonly heading: string
  readonly text: (x: number) => string
  readonly difference?: (x: number) => string
}

/** A question that the judged runs answer: whether one arm has more or less of a figure than another, seed by seed. */
export interface Question {
  readonly arm: string
  readonly against: string
  readonly figure: string
}

export interface Experiment {
  readonly name: string
  /** What was run, in a line. */
  readonly about: string
  readonly arms: Readonly<Record<string, Arm>>
  /** The figure by which settings are chosen: the lowest mean over the tuning seeds. */
  readonly tunedBy: string
  readonly columns: readonly Column[]
  readonly questions: readonly Question[]
  /** What a setting is called at the head of its column: `rate`. Absent where nothing is tuned. */
  readonly setting?: string
  /** How many seeds judge in the short form; `--full` doubles them. */
  readonly seeds: number
}

const tuningSeeds = [100, 101]

const isOf = (trial: Trial) => (found: Trial) =>
  found.arm === trial.arm && found.setting === trial.setting && found.part === trial.part && found.seed === trial.seed

const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length

/** The setting of an arm with the lowest mean figure over the tuning seeds; undefined while some of these are missing. */
export const chosen = ({ arms, tunedBy }: Experiment, found: readonly Found[], arm: string): string | undefined => {
  const { settings } = arms[arm]!
  if (settings.length === 1) return settings[0]
  const scores = settings.map((setting) => {
    const runs = found.filter((run) => run.part === 'tuning' && run.arm === arm && run.setting === setting)
    return runs.length < tuningSeeds.length ? undefined : mean(runs.map(({ figures }) => figures[tunedBy]!))
  })
  if (scores.includes(undefined)) return undefined
  // What diverged is worse than anything.
  const finite = scores.map((score) => (Number.isFinite(score) ? (score as number) : Number.POSITIVE_INFINITY))
  return settings[finite.indexOf(Math.min(...finite))]
}

/** What is still to be trained, in order; that of the judging part is known where the settings are chosen. */
export const missing = (
  experiment: Experiment,
  found: readonly Found[],
  seeds = experiment.seeds,
): readonly Trial[] => {
  const wanted = Object.entries(experiment.arms).flatMap(([arm, { settings }]): Trial[] => {
    const best = chosen(experiment, found, arm)
    if (best === undefined)
      return settings.flatMap((setting) => tuningSeeds.map((seed) => ({ arm, setting, part: 'tuning' as const, seed })))
    return Array.from({ length: seeds }, (_, seed) => ({ arm, setting: best, part: 'judging' as const, seed }))
  })
  return wanted.filter((trial) => !found.some(isOf(trial)))
}

/** The judged runs of an arm at its chosen setting, by seed. */
export const judged = (experiment: Experiment, found: readonly Found[], arm: string): readonly Found[] => {
  const best = chosen(experiment, found, arm)
  return found
    .filter((run) => run.part === 'judging' && run.arm === arm && run.setting === best)
    .sort((a, b) => a.seed - b.seed)
}

/** True where the chosen setting has neighbours on both sides, so that a wider grid would not have found a better one. */
export const isInterior = (experiment: Experiment, found: readonly Found[], arm: string): boolean => {
  const { settings } = experiment.arms[arm]!
  const at = settings.indexOf(chosen(experiment, found, arm) ?? '')
  return settings.length === 1 || (at > 0 && at < settings.length - 1)
}

/** The mean of a figure over an arm's judged runs. */
export const figureOf = (experiment: Experiment, found: readonly Found[], arm: string, figure: string): Estimate =>
  estimate(judged(experiment, found, arm).map(({ figures }) => figures[figure]!))

/** A question's answer: the difference by pairs of one seed, and its p after Holm's correction over the experiment's questions. */
export interface Answer {
  readonly question: Question
  readonly difference: Estimate
  readonly corrected: number
}

export const answers = (experiment: Experiment, found: readonly Found[]): readonly Answer[] => {
  const differences = experiment.questions.map(({ arm, against, figure }) => {
    const [own, other] = [arm, against].map((name) => judged(experiment, found, name))
    const seeds = own!.map(({ seed }) => seed).filter((seed) => other!.some((run) => run.seed === seed))
    const of = (runs: readonly Found[]) => seeds.map((at) => runs.find(({ seed }) => seed === at)!.figures[figure]!)
    return pairedDifference(of(own!), of(other!))
  })
  const corrected = holm(differences.map(({ p }) => p))
  return experiment.questions.map((question, i) => ({
    question,
    difference: differences[i]!,
    corrected: corrected[i]!,
  }))
}
