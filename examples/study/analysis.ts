import { aheads, type Plan, type Result, ratesOf, stepsOf, taskNamed } from './runs.ts'
import { type Estimate, estimate, median, pairedDifference } from './statistics.ts'
import type { OptimizerName, Task } from './tasks.ts'

/** All trainings of one task by one optimizer, of the seeds for which none is missing: every figure rests on the same seeds. */
export interface Cell {
  readonly task: Task
  readonly optimizer: OptimizerName
  readonly steps: number
  readonly rates: readonly number[]
  readonly seeds: readonly number[]
  /** One result a seed, in the seeds' order, so that two lists pair. */
  readonly runs: (rate: number, ahead: number) => readonly Result[]
}

/** The cells with at least one whole seed. */
export const cellsOf = (plan: Plan, results: readonly Result[]): readonly Cell[] =>
  plan.tasks.flatMap((name) => {
    const task = taskNamed(name)
    return plan.optimizers
      .map((optimizer) => cellOf(task, optimizer, plan, results))
      .filter(({ seeds }) => seeds.length > 0)
  })

const cellOf = (task: Task, optimizer: OptimizerName, plan: Plan, results: readonly Result[]): Cell => {
  const steps = stepsOf(task, plan)
  const rates = ratesOf(task, optimizer, plan)
  const own = new Map<string, Result>()
  for (const run of results) {
    const fits = run.task === task.name && run.optimizer === optimizer && run.steps === steps
    if (fits && run.setup === task.setup) own.set(`${run.rate} ${run.ahead} ${run.seed}`, run)
  }
  const whole = (seed: number) => rates.every((rate) => aheads.every((ahead) => own.has(`${rate} ${ahead} ${seed}`)))
  const seeds = Array.from({ length: plan.seeds }, (_, seed) => seed).filter(whole)
  const runs = (rate: number, ahead: number) => seeds.map((seed) => own.get(`${rate} ${ahead} ${seed}`)!)
  return { task, optimizer, steps, rates, seeds, runs }
}

/** The lowest held-out loss that a training came by. */
export const bestLoss = ({ curve }: Result): number => Math.min(...curve.map(([, loss]) => loss))

export const bestLosses = (cell: Cell, rate: number, ahead: number): readonly number[] =>
  cell.runs(rate, ahead).map(bestLoss)

/** The rate with the lowest mean of best losses. A rate at which a training diverged counts only where all rates have one. */
export const bestRate = (cell: Cell, ahead: number): number => {
  const score = (rate: number): number =>
    estimate(bestLosses(cell, rate, ahead)).mean + (diverged(cell, rate, ahead) > 0 ? 1e6 : 0)
  return cell.rates.reduce((best, rate) => (score(rate) < score(best) ? rate : best))
}

export const diverged = (cell: Cell, rate: number, ahead: number): number =>
  cell.runs(rate, ahead).filter((run) => run.diverged).length

/** The best held-out loss of `ahead` steps at one rate less that of the plain optimizer at another, seed by seed. */
export const lossDifference = (cell: Cell, ahead: number, rate: number, plainRate: number): Estimate =>
  pairedDifference(bestLosses(cell, rate, ahead), bestLosses(cell, plainRate, 0))

/** A difference as a share of the plain optimizer's loss. */
export const relative = (cell: Cell, difference: Estimate, plainRate: number): number =>
  difference.mean / estimate(bestLosses(cell, plainRate, 0)).mean

/** The loss after `step` steps, between two evaluations on the straight line; the last one seen where the curve ends early. */
export const lossAt = ({ curve }: Result, step: number): number => {
  const next = curve.findIndex(([at]) => at >= step)
  if (next <= 0) return curve.at(next)![1]
  const [[from, high], [to, low]] = [curve[next - 1]!, curve[next]!]
  return high + ((low - high) * (step - from)) / (to - from)
}

/** The step at which a training first comes down to `target`, on the straight line between evaluations, if it does. */
export const stepsTo = ({ curve }: Result, target: number): number | undefined => {
  const next = curve.findIndex(([, loss]) => loss <= target)
  if (next <= 0) return next === 0 ? 0 : undefined
  const [[from, high], [to, low]] = [curve[next - 1]!, curve[next]!]
  return from + ((high - target) / (high - low)) * (to - from)
}

/** The fixed loss of a cell: what the plain optimizer at its best rate has after half of its steps, in the mean. */
export const targetOf = (cell: Cell): number =>
  estimate(cell.runs(bestRate(cell, 0), 0).map((run) => lossAt(run, cell.steps / 2))).mean

/** The milliseconds of a step: the median over all trainings of the cell, each of them a median. */
export const stepMs = (cell: Cell, ahead: number): number =>
  median(cell.rates.flatMap((rate) => cell.runs(rate, ahead).map((run) => run.stepMs)))

/** The same as a clock saw it, whatever else the machine did. */
export const wallMs = (cell: Cell, ahead: number): number =>
  median(cell.rates.flatMap((rate) => cell.runs(rate, ahead).map((run) => run.wallMs)))

/** What a step costs beside the plain optimizer's of the same job, taken in the same moments: the median of the ratios. */
export const costOf = (cell: Cell, ahead: number): number =>
  median(
    cell.rates.flatMap((rate) => {
      const plain = cell.runs(rate, 0)
      return cell.runs(rate, ahead).map((run, i) => run.stepMs / plain[i]!.stepMs)
    }),
  )

/**
 * Loss at equal time, each at its own best rate, less the plain optimizer's: after `share` of the time in which the quicker
 * of the two is through.
 */
export const timeDifference = (cell: Cell, ahead: number, share: number): Estimate => {
  const cost = costOf(cell, ahead)
  const plainSteps = share * Math.min(cell.steps, cell.steps * cost)
  const at = (rate: number, s: number, steps: number) => cell.runs(rate, s).map((run) => lossAt(run, steps))
  return pairedDifference(at(bestRate(cell, ahead), ahead, plainSteps / cost), at(bestRate(cell, 0), 0, plainSteps))
}
