import { bestRate, type Cell, costOf, lossDifference, relative, stepsTo, targetOf, timeDifference } from './analysis.ts'
import { aheads } from './runs.ts'
import { estimate, median, type Verdict, verdict } from './statistics.ts'
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

// When it helps, when it hurts

const whenItHelps = (cells: readonly Cell[]): string => {
  const all = atBestRates(cells)
  return [
    '**When it helps, when it hurts.** Each s at its own best learning rate, best held-out loss beside that of the plain optimizer:',
    `of ${all.length} comparisons ${tally(all)} at 95 % (by chance alone about ${(0.05 * all.length).toFixed(0)} would look decided).`,
    ...optimizersOf(cells).map((name) =>
      sentence(
        `\`${name}\``,
        all.filter(({ cell }) => cell.optimizer === name),
      ),
    ),
    `Better: ${decided(all, 'better')}. Worse: ${decided(all, 'worse')}. All else is open.`,
    `With the same learning rate for both: ${byRate(cells)}.`,
  ].join('\n')
}

/** Each number of steps ahead at its own best rate. */
const atBestRates = (cells: readonly Cell[]): readonly Comparison[] =>
  cells.flatMap((cell) => forecasts.map((ahead) => compare(cell, ahead, bestRate(cell, ahead), bestRate(cell, 0))))

const compare = (cell: Cell, ahead: number, rate: number, plainRate: number): Comparison => {
  const difference = lossDifference(cell, ahead, rate, plainRate)
  return { cell, ahead, verdict: verdict(difference), share: relative(cell, difference, plainRate) }
}

const sentence = (name: string, own: readonly Comparison[]): string => {
  const [better, worse] = [countOf(own, 'better'), countOf(own, 'worse')]
  const range = `the loss changed by ${span(own.map(({ share }) => share))}`
  if (better > 0 && worse === 0)
    return `It helped ${name}: better in ${better} of ${own.length}, worse in none; ${range}.`
  if (worse > 0 && better === 0) return `It hurt ${name}: worse in ${worse} of ${own.length}, better in none; ${range}.`
  if (better + worse === 0) return `It made no difference to ${name} that these seeds can tell; ${range}.`
  return `It went both ways with ${name}: better in ${better} of ${own.length}, worse in ${worse}; ${range}.`
}

/** Where a verdict was reached, by task and optimizer, with every s that reached it. */
const decided = (all: readonly Comparison[], wanted: Verdict): string => {
  const own = all.filter((comparison) => comparison.verdict === wanted)
  const found = [...new Set(own.map(({ cell }) => cell))].map((cell) => {
    const steps = own.filter((comparison) => comparison.cell === cell).map(({ ahead }) => ahead)
    return `${cell.task.title} with \`${cell.optimizer}\` (s = ${steps.join(', ')})`
  })
  return found.length === 0 ? 'none' : found.join('; ')
}

/** The same rate for both, by where it stands to the plain optimizer's best. */
const byRate = (cells: readonly Cell[]): string => {
  const where = (fits: (rate: number, best: number) => boolean): readonly Comparison[] =>
    cells.flatMap((cell) =>
      cell.rates
        .filter((rate) => fits(rate, bestRate(cell, 0)))
        .flatMap((rate) => forecasts.map((ahead) => compare(cell, ahead, rate, rate))),
    )
  const below = where((rate, best) => rate < best)
  const at = where((rate, best) => rate === best)
  const above = where((rate, best) => rate > best)
  const facts = `below the plain optimizer's best rate ${tally(below)}; at it ${tally(at)}; above it ${tally(above)}`
  return balance(below) > 0 && balance(above) < 0
    ? `${facts}: on the whole it helps where the rate is low for the plain optimizer, and hurts where it is high`
    : facts
}

const balance = (all: readonly Pick<Comparison, 'verdict'>[]): number => countOf(all, 'better') - countOf(all, 'worse')

// What to try first

const whatToTry = (cells: readonly Cell[]): string => {
  const costs = cells.flatMap((cell) => forecasts.map((ahead) => costOf(cell, ahead) - 1))
  const timed = (share: number) =>
    cells.flatMap((cell) => forecasts.map((ahead) => ({ verdict: verdict(timeDifference(cell, ahead, share)) })))
  const [halfway, end] = [timed(0.5), timed(1)]
  const fades = balance(halfway) > balance(end) ? ': the forecast does more for the first half than for the end' : ''
  return [
    `**What to try first.** ${optimizersOf(cells)
      .map((name) => advice(name, cells))
      .join(' ')}`,
    rateAdvice(cells),
    `The forecast changed the time of a step by ${percent(median(costs))} in the median (${span(costs)} by task and optimizer).`,
    `At equal time: halfway ${tally(halfway)}; at the end ${tally(end)}${fades}.`,
    speed(cells),
  ].join('\n')
}

/** The number of steps that was better most often and worse least, over all tasks. */
const advice = (name: OptimizerName, cells: readonly Cell[]): string => {
  const all = atBestRates(cells.filter(({ optimizer }) => optimizer === name))
  const standing = forecasts.map((ahead) => {
    const own = all.filter((comparison) => comparison.ahead === ahead)
    const [better, worse] = [countOf(own, 'better'), countOf(own, 'worse')]
    return { ahead, better, worse, of: own.length, mean: estimate(own.map(({ share }) => share)).mean }
  })
  const best = standing.reduce((a, b) => (rank(b) > rank(a) || (rank(b) === rank(a) && b.mean < a.mean) ? b : a))
  const facts = `better on ${best.better} and worse on ${best.worse} of ${best.of} tasks, loss ${percent(best.mean)} in the mean`
  if (rank(best) > 0 && best.mean < 0) return `With \`${name}\` try s = ${best.ahead} (${facts}).`
  return rank(best) < 0
    ? `With \`${name}\` leave the forecast off (even s = ${best.ahead}: ${facts}).`
    : `With \`${name}\` begin without it: nothing here speaks clearly for it (s = ${best.ahead}: ${facts}).`
}

/** How often a number of steps was better, less how often it was worse. */
const rank = ({ better, worse }: { readonly better: number; readonly worse: number }): number => better - worse

const rateAdvice = (cells: readonly Cell[]): string => {
  const signs = cells.flatMap((cell) => forecasts.map((ahead) => Math.sign(bestRate(cell, ahead) - bestRate(cell, 0))))
  const count = (sign: number): number => signs.filter((other) => other === sign).length
  return `Tune the learning rate with it: the best of the grid was lower in ${count(-1)}, the same in ${count(0)} and higher in ${count(1)} of ${signs.length} cases.`
}

/** How the steps to the fixed loss compare, where every seed of both comes down to it. */
const speed = (cells: readonly Cell[]): string => {
  const ratios = cells.flatMap((cell) => forecasts.map((ahead) => speedOf(cell, ahead)))
  const known = ratios.filter((ratio) => ratio !== undefined)
  const sooner = known.filter((ratio) => ratio < 1).length
  const rest = [
    `as many or more in ${known.length - sooner}`,
    `and not all seeds came down to it in ${ratios.length - known.length}`,
  ]
  return `The fixed loss took fewer steps in the mean in ${sooner} of ${ratios.length} cases, ${rest.join(', ')}.`
}

const speedOf = (cell: Cell, ahead: number): number | undefined => {
  const target = targetOf(cell)
  const steps = (s: number) => cell.runs(bestRate(cell, s), s).map((run) => stepsTo(run, target))
  const [own, plain] = [steps(ahead), steps(0)]
  const all = [...own, ...plain].every((step) => step !== undefined)
  return all ? estimate(own as number[]).mean / estimate(plain as number[]).mean : undefined
}

// Words

const tally = (all: readonly Pick<Comparison, 'verdict'>[]): string =>
  `${countOf(all, 'better')} better, ${countOf(all, 'worse')} worse, ${countOf(all, 'open')} open`

const countOf = (all: readonly Pick<Comparison, 'verdict'>[], wanted: Verdict): number =>
  all.filter((own) => own.verdict === wanted).length

const optimizersOf = (cells: readonly Cell[]): readonly OptimizerName[] => [
  ...new Set(cells.map(({ optimizer }) => optimizer)),
]

const span = (shares: readonly number[]): string => `${percent(Math.min(...shares))} to ${percent(Math.max(...shares))}`

const percent = (share: number): string => `${signed(100 * share, 1)} %`

/** With its sign; a minus as typeset. */
export const signed = (value: number, digits: number): string => {
  const text = Math.abs(value).toFixed(digits)
  return Number(text) === 0 ? text : `${value < 0 ? '−' : '+'}${text}`
}
