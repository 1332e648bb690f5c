import { median } from 'simple-statistics'
import { byKey, judgingSeeds, type Plan, primaryTasks, runsOf, tuned } from './plan.ts'
import { aheads, keyOf, type Part, type Result, type Run, type Score } from './runs.ts'
import { type Estimate, estimate, holm, pairedDifference } from './statistics.ts'
import { type Task, type TaskName, taskNamed } from './tasks.ts'

/** Trainings of one task that differ in seed and steps ahead only. */
export interface Cell {
  readonly task: Task
  /** The seeds for which every s is in and none diverged, in order. */
  readonly seeds: readonly number[]
  /** The seeds at which a training diverged. */
  readonly diverged: readonly number[]
  /** One result a seed, in the seeds' order, so that two lists pair. */
  readonly runs: (ahead: number) => readonly Result[]
}

/** What trainings a cell is of. */
export type Wanted = Pick<Run, 'part' | 'task' | 'optimizer' | 'batch' | 'width'>

export const cellOf = (wanted: Wanted, seeds: readonly number[], plan: Plan, known: Known): Cell => {
  const own = new Map<string, Result>()
  for (const run of runsFor(wanted, plan, known)) {
    const result = known.get(keyOf(run))
    if (result) own.set(`${run.ahead} ${run.seed}`, result)
  }
  const all = (seed: number) => aheads.map((ahead) => own.get(`${ahead} ${seed}`))
  const whole = seeds.filter((seed) => all(seed).every((result) => result !== undefined))
  const sound = whole.filter((seed) => all(seed).every((result) => result?.test !== undefined))
  return {
    task: taskNamed(wanted.task),
    seeds: sound,
    diverged: whole.filter((seed) => !sound.includes(seed)),
    runs: (ahead) => sound.map((seed) => own.get(`${ahead} ${seed}`)!),
  }
}

export type Known = ReadonlyMap<string, Result>

const runsFor = ({ part, task, optimizer, batch, width }: Wanted, plan: Plan, known: Known): readonly Run[] =>
  runsOf(plan, known).filter(
    (run) =>
      run.part === part &&
      run.task === task &&
      run.optimizer === optimizer &&
      run.batch === batch &&
      run.width === width,
  )

/** The judged trainings of each primary task. */
export const primaryCells = (plan: Plan, results: readonly Result[]): readonly Cell[] => {
  const known = byKey(results)
  return primaryTasks.map((task) =>
    cellOf({ part: 'judging', task, optimizer: 'adamw', batch: 1, width: 1 }, judgingSeeds(plan), plan, known),
  )
}

/** What a training is judged by. */
export interface Outcome {
  readonly name: 'accuracy' | 'perplexity'
  readonly of: (score: Score) => number
  /** Whether more is better. */
  readonly more: boolean
}

/** In percent. */
export const accuracy: Outcome = { name: 'accuracy', of: (score) => 100 * score.accuracy, more: true }
export const perplexity: Outcome = { name: 'perplexity', of: (score) => Math.exp(score.loss), more: false }

export const finalScore = ({ test }: Result): Score => test![2]

/** A number of steps ahead beside the plain optimizer. */
export interface Comparison {
  readonly task: Task
  readonly ahead: number
  readonly outcome: Outcome
  readonly difference: Estimate
  /** The p after Holm's correction over the family. */
  readonly corrected: number
  readonly verdict: Verdict
}

export type Verdict = 'better' | 'worse' | 'open'

export const forecasts: readonly number[] = aheads.filter((ahead) => ahead > 0)

/** Every s of every cell against s = 0, one family. `scoreOf`: which score of a training with s > 0 is judged. */
export const family = (
  cells: readonly Cell[],
  outcome: Outcome,
  scoreOf: (result: Result, cell: Cell) => Score | undefined = finalScore,
): readonly Comparison[] => {
  const raw = cells.flatMap((cell) =>
    forecasts.flatMap((ahead) => {
      const own = cell.runs(ahead).map((result) => scoreOf(result, cell))
      if (own.length < 2 || own.some((score) => score === undefined)) return []
      const plain = cell.runs(0).map((result) => outcome.of(finalScore(result)))
      const difference = pairedDifference(
        own.map((score) => outcome.of(score!)),
        plain,
      )
      return [{ task: cell.task, ahead, outcome, difference }]
    }),
  )
  const corrected = holm(raw.map(({ difference }) => difference.p))
  return raw.map((own, i) => ({ ...own, corrected: corrected[i]!, verdict: verdictOf(own, corrected[i]!) }))
}

const verdictOf = ({ outcome, difference }: Pick<Comparison, 'outcome' | 'difference'>, corrected: number): Verdict => {
  if (!(corrected < 0.05)) return 'open'
  return difference.mean > 0 === outcome.more ? 'better' : 'worse'
}

/** The mean of one outcome over the seeds. */
export const meanOf = (cell: Cell, ahead: number, outcome: Outcome): Estimate =>
  estimate(cell.runs(ahead).map((result) => outcome.of(finalScore(result))))

/** The median over seeds of what a step costs beside the plain optimizer's of the same seed. */
export const costRatio = (cell: Cell, ahead: number): number => {
  const plain = cell.runs(0)
  return median(cell.runs(ahead).map((result, i) => result.stepMs / plain[i]!.stepMs))
}

/** The score at equal time, as the plan says: after 98 % of the steps, or 95 %; none where a step costs more than that. */
export const equalTimeScore = (result: Result, cell: Cell): Score | undefined => {
  const cost = costRatio(cell, result.ahead)
  if (cost <= 1 / 0.98) return result.test![1]
  return cost <= 1 / 0.95 ? result.test![0] : undefined
}

/** The validation loss of s less that of s = 0, after each of the shares of the training. */
export const lossDifferences = (cell: Cell, ahead: number): readonly Estimate[] => {
  const [own, plain] = [cell.runs(ahead), cell.runs(0)]
  return own[0]!.curve.map((_, i) =>
    pairedDifference(
      own.map(({ curve }) => curve[i]!),
      plain.map(({ curve }) => curve[i]!),
    ),
  )
}

/** The rate that tuning chose, and whether it lies at an end of the grid. */
export const chosen = (task: TaskName, ahead: number, plan: Plan, known: Known) => {
  const { rates, best } = tuned({ task, optimizer: 'adamw', ahead }, plan, known)
  return { rates, best, edge: best === rates[0]![0] || best === rates.at(-1)![0] }
}

/** How many trainings of the parts are in, of how many. */
export const standing = (parts: readonly Part[], plan: Plan, known: Known): { done: number; all: number } => {
  const all = runsOf(plan, known).filter(({ part }) => parts.includes(part))
  return { done: all.filter((run) => known.has(keyOf(run))).length, all: all.length }
}
