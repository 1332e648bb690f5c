import { bestRate, type Cell, costOf, stepsTo, targetOf } from './analysis.ts'
import { atBestRates, atEqualTime, atSameRates, balance, type Comparison, countOf, forecasts } from './comparisons.ts'
import { estimate, median } from './statistics.ts'
import type { OptimizerName } from './tasks.ts'

/** Two paragraphs that say what the numbers of the tables say, and nothing that they do not. */
export const words = (cells: readonly Cell[]): string => `${whenItHelps(cells)}\n\n${whatToTry(cells)}`

// When it helps, when it hurts

const whenItHelps = (cells: readonly Cell[]): string =>
  [
    '**When it helps, when it hurts.**',
    count(cells),
    optimizerSentences(cells),
    rateSentence(cells),
    timeSentence(cells),
  ]
    .filter((sentence) => sentence !== '')
    .join(' ')

const count = (cells: readonly Cell[]): string => {
  const all = atBestRates(cells)
  const [better, worse] = [countOf(all, 'better'), countOf(all, 'worse')]
  const seeds = Math.max(...cells.map((cell) => cell.seeds.length))
  const rest = `the others are too close to call with ${seeds} seed${seeds === 1 ? '' : 's'}.`
  const lead = 'With the learning rate tuned for each number of steps ahead, the forecast'
  return better + worse === 0
    ? `${lead} made no clear difference to the best held-out loss in any of ${all.length} comparisons; ${seeds} seed${seeds === 1 ? '' : 's'} may be too few to tell.`
    : `${lead} clearly changed the best held-out loss in ${better + worse} of ${all.length} comparisons: ${times(better)} for the better, ${times(worse)} for the worse; ${rest}`
}

/** The optimizers by what the forecast did to them, one sentence for each kind of effect. */
const optimizerSentences = (cells: readonly Cell[]): string => {
  const effects = optimizersOf(cells).map((name) => effectOf(name, cells))
  const of = (kind: Effect['kind']): readonly Effect[] => effects.filter((effect) => effect.kind === kind)
  const sentence = (lead: string, own: readonly Effect[]): readonly string[] =>
    own.length === 0 ? [] : [`${lead} ${listed(own.map(({ text }) => text))}.`]
  return [
    ...sentence('It helped', of('helped')),
    ...sentence('It hurt', of('hurt')),
    ...sentence('It cut both ways with', of('mixed')),
    ...sentence('It made no clear difference to', of('none')),
  ].join(' ')
}

interface Effect {
  readonly kind: 'helped' | 'hurt' | 'mixed' | 'none'
  readonly text: string
}

const effectOf = (name: OptimizerName, cells: readonly Cell[]): Effect => {
  const own = atBestRates(cells.filter(({ optimizer }) => optimizer === name))
  const [better, worse] = [own.filter(is('better')), own.filter(is('worse'))]
  const facts = [
    ...(better.length > 0 ? [`better on ${tasksOf(better)}, by up to ${size(better)}`] : []),
    ...(worse.length > 0 ? [`worse on ${tasksOf(worse)}, by up to ${size(worse)}`] : []),
  ]
  const text = facts.length === 0 ? `\`${name}\`` : `\`${name}\` (${facts.join('; ')})`
  if (better.length > 0) return { kind: worse.length > 0 ? 'mixed' : 'helped', text }
  return { kind: worse.length > 0 ? 'hurt' : 'none', text }
}

const is =
  (wanted: Comparison['verdict']) =>
  (comparison: Comparison): boolean =>
    comparison.verdict === wanted

const tasksOf = (own: readonly Comparison[]): string =>
  listed([...new Set(own.map(({ cell }) => `the ${cell.task.short}`))])

const size = (own: readonly Comparison[]): string =>
  `${(100 * Math.max(...own.map(({ share }) => Math.abs(share)))).toFixed(1)} %`

/** What the forecast does at a rate that is given, by where the rate stands to the plain optimizer's best. */
const rateSentence = (cells: readonly Cell[]): string => {
  const [below, above] = [atSameRates(cells, 'below'), atSameRates(cells, 'above')]
  if (below.length === 0 || above.length === 0) return ''
  const facts = [
    `At a learning rate below the plain optimizer's best it was clearly better than the plain optimizer at that rate in ${share(below, 'better')} comparisons and clearly worse in ${countOf(below, 'worse')};`,
    `at a rate above it, better in ${share(above, 'better')} and worse in ${countOf(above, 'worse')}.`,
  ].join(' ')
  return balance(below) > 0 && balance(above) < 0
    ? `${facts} So it makes up for a rate that is too low, and makes one that is too high worse.`
    : facts
}

const share = (all: readonly Comparison[], wanted: Comparison['verdict']): string =>
  `${countOf(all, wanted)} of ${all.length}`

const timeSentence = (cells: readonly Cell[]): string => {
  const [half, end] = [atEqualTime(cells, 0.5), atEqualTime(cells, 1)]
  const facts = `after half of the time clearly ahead in ${countOf(half, 'better')} of ${half.length} comparisons and behind in ${countOf(half, 'worse')}, at the end ahead in ${countOf(end, 'better')} and behind in ${countOf(end, 'worse')}.`
  return balance(half) > balance(end)
    ? `It does more for the first half of a training than for its end: ${facts}`
    : `At equal time it was ${facts}`
}

// What to try first

const whatToTry = (cells: readonly Cell[]): string =>
  [
    `**What to try first.** ${adviceSentences(cells)}`,
    rateAdvice(cells),
    costSentence(cells),
    speedSentence(cells),
  ].join(' ')

/** What speaks for and against a number of steps ahead, over all tasks. */
interface Standing {
  readonly name: OptimizerName
  readonly ahead: number
  readonly better: number
  readonly worse: number
  readonly of: number
  readonly mean: number
}

const adviceSentences = (cells: readonly Cell[]): string => {
  const all = optimizersOf(cells).map((name) => bestStanding(name, cells))
  const good = all.filter((own) => rank(own) > 0 && own.mean < 0)
  const bad = all.filter((own) => rank(own) < 0)
  const open = all.filter((own) => !good.includes(own) && !bad.includes(own))
  const facts = ({ better, worse, of, mean }: Standing): string =>
    `clearly better on ${better} and worse on ${worse} of ${of} tasks, loss ${percent(mean)} in the mean`
  return [
    ...good.map((own) => `With \`${own.name}\` try s = ${own.ahead} (${facts(own)}).`),
    ...(open.length === 0
      ? []
      : [
          `With ${listed(open.map(({ name }) => `\`${name}\``))} begin without it: nothing here speaks clearly for it.`,
        ]),
    ...bad.map((own) => `With \`${own.name}\` leave it off (even s = ${own.ahead}: ${facts(own)}).`),
  ].join(' ')
}

/** The number of steps that was better most often and worse least. */
const bestStanding = (name: OptimizerName, cells: readonly Cell[]): Standing => {
  const all = atBestRates(cells.filter(({ optimizer }) => optimizer === name))
  return forecasts
    .map((ahead) => {
      const own = all.filter((comparison) => comparison.ahead === ahead)
      const mean = estimate(own.map((comparison) => comparison.share)).mean
      return { name, ahead, better: countOf(own, 'better'), worse: countOf(own, 'worse'), of: own.length, mean }
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
  const facts = `by ${percent(middle)} in the median, ${percent(Math.min(...costs))} to ${percent(Math.max(...costs))} by task and optimizer`
  return `The forecast changed the time of a whole step ${facts}${Math.abs(middle) < 0.02 ? ': trying it costs next to nothing' : ''}.`
}

/** How the steps to the fixed loss compare, where every seed of both comes down to it. */
const speedSentence = (cells: readonly Cell[]): string => {
  const ratios = cells.flatMap((cell) => forecasts.map((ahead) => speedOf(cell, ahead)))
  const known = ratios.filter((ratio) => ratio !== undefined)
  if (known.length === 0) return 'No comparison has a fixed loss that every seed came down to.'
  const sooner = known.filter((ratio) => ratio < 1).length
  const changed = percent(median(known) - 1)
  const missing = ratios.length - known.length
  const rest = missing === 0 ? '' : `; in ${missing} more not every seed came down to it`
  return `To the loss that the plain optimizer has halfway it took fewer steps in the mean in ${sooner} of ${known.length} comparisons (${changed} in the median)${rest}.`
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
