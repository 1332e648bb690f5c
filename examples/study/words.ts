import { bestRate, type Cell, costOf, lossDifference, relative, stepsTo, targetOf, timeDifference } from './analysis.ts'
import { aheads } from './runs.ts'
import { estimate, type Verdict, verdict } from './statistics.ts'
import type { OptimizerName } from './tasks.ts'

/** The forecast beside the plain optimizer: what a difference of the two says. */
interface Comparison {
  readonly cell: Cell
  readonly ahead: number
  readonly verdict: Verdict
  /** The difference as a share of the plain optimizer's loss; less is better. */
  readonly share: number
}

/** Two paragraphs that say what the numbers of the tables say, and nothing that they do not. */
export const words = (cells: readonly Cell[]): string => `${whenItHelps(cells)}\n\n${whatToTry(cells)}`

export const forecasts: readonly number[] = aheads.filter((ahead) => ahead > 0)

/** Each number of steps ahead at its own best rate. */
export const atBestRates = (cells: readonly Cell[]): readonly Comparison[] =>
  cells.flatMap((cell) => forecasts.map((ahead) => compare(cell, ahead, bestRate(cell, ahead), bestRate(cell, 0))))

const compare = (cell: Cell, ahead: number, rate: number, plainRate: number): Comparison => {
  const difference = lossDifference(cell, ahead, rate, plainRate)
  return { cell, ahead, verdict: verdict(difference), share: relative(cell, difference, plainRate) }
}

const whenItHelps = (cells: readonly Cell[]): string => {
  const all = atBestRates(cells)
  const chance = Math.round(0.05 * all.length)
  return [
    `**When it helps, when it hurts.** With every s at its own best learning rate, ${all.length} comparisons of best held-out`,
    `losses with the plain optimizer: ${tally(all)} (about ${chance} would look decided by chance alone).`,
    `By optimizer: ${optimizersOf(cells)
      .map((name) => byOptimizer(name, all))
      .join('; ')}.`,
    `By task: ${tasksOf(cells)
      .map((title) => `${title} ${tally(all.filter(({ cell }) => cell.task.title === title))}`)
      .join('; ')}.`,
    `At the same learning rate for both: ${byRate(cells)}.`,
  ].join('\n')
}

const byOptimizer = (name: OptimizerName, all: readonly Comparison[]): string => {
  const own = all.filter(({ cell }) => cell.optimizer === name)
  return `\`${name}\` ${tally(own)}, loss ${span(own.map(({ share }) => share))}`
}

/** The same rate for both, by where it stands to the plain optimizer's best. */
const byRate = (cells: readonly Cell[]): string => {
  const sides = [
    { name: "below the plain optimizer's best rate", fits: (rate: number, best: number) => rate < best },
    { name: 'at it', fits: (rate: number, best: number) => rate === best },
    { name: 'above it', fits: (rate: number, best: number) => rate > best },
  ]
  return sides
    .map(({ name, fits }) => {
      const own = cells.flatMap((cell) =>
        cell.rates
          .filter((rate) => fits(rate, bestRate(cell, 0)))
          .flatMap((rate) => forecasts.map((ahead) => compare(cell, ahead, rate, rate))),
      )
      return `${name} ${tally(own)}`
    })
    .join('; ')
}

const whatToTry = (cells: readonly Cell[]): string => {
  const timed = cells.flatMap((cell) => forecasts.map((ahead) => verdict(timeDifference(cell, ahead, 1))))
  const costs = cells.flatMap((cell) => forecasts.map((ahead) => costOf(cell, ahead)))
  const rates = cells.flatMap((cell) => forecasts.map((ahead) => Math.sign(bestRate(cell, ahead) - bestRate(cell, 0))))
  const count = (sign: number): number => rates.filter((other) => other === sign).length
  return [
    `**What to try first.** ${optimizersOf(cells)
      .map((name) => advice(name, cells))
      .join('. ')}.`,
    `Tune the learning rate anew: the best one of the grid was lower with the forecast in ${count(-1)}, the same in ${count(0)} and`,
    `higher in ${count(1)} of ${rates.length} cases. A step took ${percent(Math.min(...costs) - 1)} to ${percent(Math.max(...costs) - 1)} more time than the plain one;`,
    `at equal time, ${tally(timed.map((own) => ({ verdict: own })))}. ${speed(cells)}`,
  ].join('\n')
}

/** The number of steps that was better most often and worse least, over all tasks; none where none was more often better. */
const advice = (name: OptimizerName, cells: readonly Cell[]): string => {
  const all = atBestRates(cells.filter(({ optimizer }) => optimizer === name))
  const standing = forecasts.map((ahead) => {
    const own = all.filter((comparison) => comparison.ahead === ahead)
    const [better, worse] = [countOf(own, 'better'), countOf(own, 'worse')]
    return { ahead, better, worse, of: own.length, mean: estimate(own.map(({ share }) => share)).mean }
  })
  const best = standing.reduce((a, b) => (rank(b) > rank(a) || (rank(b) === rank(a) && b.mean < a.mean) ? b : a))
  const facts = `better on ${best.better} and worse on ${best.worse} of ${best.of} tasks, loss ${percent(best.mean)} in the mean`
  return rank(best) > 0 && best.mean < 0
    ? `With \`${name}\`, s = ${best.ahead} (${facts})`
    : `With \`${name}\`, no forecast (its best, s = ${best.ahead}: ${facts})`
}

const rank = ({ better, worse }: { readonly better: number; readonly worse: number }): number => better - worse

/** How the steps to the fixed loss compare, where every seed of both comes down to it. */
const speed = (cells: readonly Cell[]): string => {
  const ratios = cells.flatMap((cell) => forecasts.map((ahead) => speedOf(cell, ahead)))
  const known = ratios.filter((ratio) => ratio !== undefined)
  const sooner = known.filter((ratio) => ratio < 1).length
  return `The fixed loss was reached in fewer steps in the mean in ${sooner}, in as many or more in ${known.length - sooner} of ${ratios.length} cases, and not by every seed in ${ratios.length - known.length}.`
}

const speedOf = (cell: Cell, ahead: number): number | undefined => {
  const target = targetOf(cell)
  const steps = (s: number) => cell.runs(bestRate(cell, s), s).map((run) => stepsTo(run, target))
  const [own, plain] = [steps(ahead), steps(0)]
  const all = [...own, ...plain].every((step) => step !== undefined)
  return all ? estimate(own as number[]).mean / estimate(plain as number[]).mean : undefined
}

const tally = (all: readonly Pick<Comparison, 'verdict'>[]): string =>
  `${countOf(all, 'better')} better, ${countOf(all, 'worse')} worse, ${countOf(all, 'open')} open`

const countOf = (all: readonly Pick<Comparison, 'verdict'>[], wanted: Verdict): number =>
  all.filter((own) => own.verdict === wanted).length

const optimizersOf = (cells: readonly Cell[]): readonly OptimizerName[] => [
  ...new Set(cells.map(({ optimizer }) => optimizer)),
]

const tasksOf = (cells: readonly Cell[]): readonly string[] => [...new Set(cells.map(({ task }) => task.title))]

const span = (shares: readonly number[]): string =>
  `from ${percent(Math.min(...shares))} to ${percent(Math.max(...shares))}`

export const percent = (share: number): string => `${signed(100 * share, 1)} %`

/** With its sign, also where there is nothing before the point; a minus as typeset. */
export const signed = (value: number, digits: number): string => {
  const text = Math.abs(value).toFixed(digits)
  return Number(text) === 0 ? text : `${value < 0 ? '−' : '+'}${text}`
}
