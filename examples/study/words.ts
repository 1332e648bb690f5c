import { bestRate, type Cell, costOf, stepsTo, targetOf } from './analysis.ts'
import { atBestRates, atEqualTime, atSameRates, balance, type Comparison, countOf, forecasts } from './comparisons.ts'
import { estimate, median } from './statistics.ts'
import type { OptimizerName } from './tasks.ts'

/** Two paragraphs that say what the numbers of the tables say, and nothing that they do not. */
export const words = (cells: readonly Cell[]): string => `${whenItHelps(cells)}\n\n${whatToTry(cells)}`

// When it helps, when it hurts

const whenItHelps = (cells: readonly Cell[]): string =>
  ['**When it helps, when it hurts.**', effects(cells), count(cells), rateSentence(cells), timeSentence(cells)]
    .filter((sentence) => sentence !== '')
    .join(' ')

/** The optimizers by what the forecast did to them, each at its own best rates. */
const effects = (cells: readonly Cell[]): string => {
  const kinds = optimizersOf(cells).map((name) => ({ name, kind: effectOf(name, cells) }))
  const facts = effectKinds.flatMap((kind) => {
    const names = kinds.filter((own) => own.kind === kind).map(({ name }) => `\`${name}\``)
    return names.length === 0 ? [] : [`${kind} ${listed(names)}`]
  })
  return `The forecast ${listed(facts)}.`
}

const effectKinds = ['helped', 'hurt', 'cut both ways with', 'made no clear difference to'] as const

const effectOf = (name: OptimizerName, cells: readonly Cell[]): (typeof effectKinds)[number] => {
  const own = atBestRates(cells.filter(({ optimizer }) => optimizer === name))
  const [better, worse] = [countOf(own, 'better') > 0, countOf(own, 'worse') > 0]
  if (better) return worse ? 'cut both ways with' : 'helped'
  return worse ? 'hurt' : 'made no clear difference to'
}

const count = (cells: readonly Cell[]): string => {
  const all = atBestRates(cells)
  const [better, worse] = [all.filter(is('better')), all.filter(is('worse'))]
  const seeds = Math.max(...cells.map((cell) => cell.seeds.length))
  const few = `${seeds} seed${seeds === 1 ? '' : 's'}`
  const lead = 'With the learning rate tuned for each number of steps ahead, the best held-out loss clearly changed in'
  if (better.length + worse.length === 0)
    return `${lead} none of ${all.length} comparisons: ${few} may be too few to tell.`
  const parts = [
    ...(better.length === 0 ? [] : [`${times(better.length)} for the better, by ${size(better)} at most`]),
    ...(worse.length === 0 ? [] : [`${times(worse.length)} for the worse, by ${size(worse)} at most`]),
  ]
  const rest = better.length + worse.length === all.length ? '' : ` The others are too close to call with ${few}.`
  return `${lead} ${better.length + worse.length} of ${all.length} comparisons: ${parts.join('; ')}.${rest}`
}

const is =
  (wanted: Comparison['verdict']) =>
  (comparison: Comparison): boolean =>
    comparison.verdict === wanted

const size = (own: readonly Comparison[]): string =>
  `${(100 * Math.max(...own.map(({ share }) => Math.abs(share)))).toFixed(1)} %`

/** What the forecast does at a rate that is given, by where the rate stands to the plain optimizer's best. */
const rateSentence = (cells: readonly Cell[]): string => {
  const [below, above] = [atSameRates(cells, 'below'), atSameRates(cells, 'above')]
  if (below.length === 0 || above.length === 0) return ''
  const lead =
    balance(below) > 0 && balance(above) < 0
      ? 'It makes up for a learning rate that is too low and makes one that is too high worse'
      : 'What it does depends on the learning rate'
  const facts = [
    `at the same rate for both, below the plain optimizer's best, it was clearly better in ${countOf(below, 'better')} and clearly worse in ${countOf(below, 'worse')} of ${below.length} comparisons,`,
    `above it better in ${countOf(above, 'better')} and worse in ${countOf(above, 'worse')} of ${above.length}.`,
  ]
  return `${lead}: ${facts.join(' ')}`
}

const timeSentence = (cells: readonly Cell[]): string => {
  const [half, end] = [atEqualTime(cells, 0.5), atEqualTime(cells, 1)]
  const lead =
    balance(half) > balance(end) ? 'It does more for the first half of a training than for its end' : 'At equal time'
  return `${lead}: after half of the time it was clearly ahead in ${countOf(half, 'better')} and behind in ${countOf(half, 'worse')} of ${half.length} comparisons, at the end in ${countOf(end, 'better')} and ${countOf(end, 'worse')}.`
}

// What to try first

const whatToTry = (cells: readonly Cell[]): string =>
  ['**What to try first.**', advice(cells), rateAdvice(cells), costSentence(cells), speedSentence(cells)].join(' ')

/** What speaks for and against a number of steps ahead, over all tasks. */
interface Standing {
  readonly name: OptimizerName
  readonly ahead: number
  readonly better: number
  readonly worse: number
  readonly mean: number
}

const advice = (cells: readonly Cell[]): string => {
  const all = optimizersOf(cells).map((name) => bestStanding(name, cells))
  const good = all.filter((own) => rank(own) > 0 && own.mean < 0)
  const bad = all.filter((own) => rank(own) < 0)
  const open = all.filter((own) => !good.includes(own) && !bad.includes(own))
  const names = (own: readonly Standing[]): string => listed(own.map(({ name }) => `\`${name}\``))
  return [
    ...(good.length === 0 ? [] : [`Try ${listed(good.map(({ name, ahead }) => `s = ${ahead} with \`${name}\``))}.`]),
    ...(open.length === 0 ? [] : [`Begin without it with ${names(open)}: nothing here speaks clearly for it.`]),
    ...(bad.length === 0 ? [] : [`Leave it off with ${names(bad)}.`]),
  ].join(' ')
}

/** The number of steps that was better most often and worse least. */
const bestStanding = (name: OptimizerName, cells: readonly Cell[]): Standing => {
  const all = atBestRates(cells.filter(({ optimizer }) => optimizer === name))
  return forecasts
    .map((ahead) => {
      const own = all.filter((comparison) => comparison.ahead === ahead)
      const mean = estimate(own.map(({ share }) => share)).mean
      return { name, ahead, better: countOf(own, 'better'), worse: countOf(own, 'worse'), mean }
    })
    .reduce((a, b) => (rank(b) > rank(a) || (rank(b) === rank(a) && b.mean < a.mean) ? b : a))
}

const rank = ({ better, worse }: Standing): number => better - worse

const rateAdvice = (cells: readonly Cell[]): string => {
  const signs = cells.flatMap((cell) => forecasts.map((ahead) => Math.sign(bestRate(cell, ahead) - bestRate(cell, 0))))
  const [lower, same, higher] = [-1, 0, 1].map((sign) => signs.filter((other) => other === sign).length) as Three
  const lead = lower > higher ? 'Tune the learning rate again, lower ones first' : 'Tune the learning rate again'
  return `${lead}: the best of the grid was lower than without a forecast in ${lower} of ${signs.length} cases, the same in ${same} and higher in ${higher}.`
}

type Three = [number, number, number]

const costSentence = (cells: readonly Cell[]): string => {
  const costs = cells.flatMap((cell) => forecasts.map((ahead) => costOf(cell, ahead) - 1))
  const middle = median(costs)
  const lead = Math.abs(middle) < 0.02 ? 'Trying it costs next to nothing' : 'It has its price'
  return `${lead}: the time of a whole step changed by ${percent(middle)} in the median.`
}

/** How the steps to the fixed loss compare, where every seed of both comes down to it. */
const speedSentence = (cells: readonly Cell[]): string => {
  const ratios = cells.flatMap((cell) => forecasts.map((ahead) => speedOf(cell, ahead)))
  const known = ratios.filter((ratio) => ratio !== undefined)
  if (known.length === 0) return 'No comparison has a fixed loss that every seed came down to.'
  const sooner = known.filter((ratio) => ratio < 1).length
  return `It came down to the loss that the plain optimizer has halfway in fewer steps in ${sooner} of ${known.length} comparisons in which all seeds came there, ${percent(median(known) - 1)} in the median.`
}

const speedOf = (cell: Cell, ahead: number): number | undefined => {
  const target = targetOf(cell)
  const steps = (s: number) => cell.runs(bestRate(cell, s), s).map((run) => stepsTo(run, target))
  const [own, plain] = [steps(ahead), steps(0)]
  const all = [...own, ...plain].every((step) => step !== undefined)
  return all ? estimate(own as number[]).mean / estimate(plain as number[]).mean : undefined
}

// Words

const times = (count: number): string => ['never', 'once', 'twice'][count] ?? `${count} times`

/** a; a and b; a, b and c. */
const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`

export const optimizersOf = (cells: readonly Cell[]): readonly OptimizerName[] => [
  ...new Set(cells.map(({ optimizer }) => optimizer)),
]

export const percent = (share: number): string => `${signed(100 * share, 1)} %`

/** With its sign; a minus as typeset. */
export const signed = (value: number, digits: number): string => {
  const text = Math.abs(value).toFixed(digits)
  return Number(text) === 0 ? text : `${value < 0 ? '−' : '+'}${text}`
}
