import { median } from 'simple-statistics'
import { type Comparison, costRatio, forecasts, type Verdict } from './analysis.ts'
import { judgingSeeds } from './plan.ts'
import type { Report } from './reportOf.ts'

/** The answer to the primary question, in one sentence. */
export const answer = ({ accuracies, cells, preliminary, plan }: Report): string => {
  const counts = cells.map(({ seeds }) => seeds.length)
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)]
  const seeds = `${fewest === most ? fewest : `${fewest} to ${most}`} of ${judgingSeeds(plan).length} judging seeds`
  const lead = !preliminary ? 'Here' : accuracies.length === 0 ? 'So far' : `So far, with ${seeds},`
  if (accuracies.length === 0) return `${lead} there are too few trainings to say whether looking ahead helps AdamW.`
  const [better, worse] = [having(accuracies, 'better'), having(accuracies, 'worse')]
  if (better.length + worse.length === 0)
    return `${lead} looking ahead makes no difference to AdamW's final test accuracy that ${accuracies.length} comparisons can tell from chance: none stands after Holm's correction.`
  const facts = [
    ...(better.length === 0
      ? []
      : [`it is better in ${better.length} of ${accuracies.length} comparisons (${named(better)})`]),
    ...(worse.length === 0 ? [] : [`it is worse in ${worse.length} of ${accuracies.length} (${named(worse)})`]),
  ]
  return `${lead} looking ahead ${mood(better, worse)} AdamW's final test accuracy: ${listed(facts)}, and ${open(accuracies)}.`
}

const mood = (better: readonly Comparison[], worse: readonly Comparison[]): string => {
  if (worse.length === 0) return 'helps'
  return better.length === 0 ? 'hurts' : 'helps on some tasks and hurts on others'
}

const open = (all: readonly Comparison[]): string => {
  const count = having(all, 'open').length
  return count === 0 ? 'none is too close to call' : `${count === 1 ? 'one is' : `${count} are`} too close to call`
}

export const having = (all: readonly Comparison[], wanted: Verdict): readonly Comparison[] =>
  all.filter(({ verdict }) => verdict === wanted)

/** By task: Book, transformer: s = 1 and 2, by +0.5 to +0.9 points. */
const named = (all: readonly Comparison[]): string =>
  [...new Set(all.map(({ task }) => task))]
    .map((task) => {
      const own = all.filter((comparison) => comparison.task === task)
      const sizes = own.map(({ difference }) => difference.mean).sort((a, b) => Math.abs(a) - Math.abs(b))
      const [least, most] = [signed(sizes[0]!, 2), signed(sizes.at(-1)!, 2)]
      return `${task.title}, s = ${listed(own.map(({ ahead }) => String(ahead)))}: ${least === most ? least : `${least} to ${most}`} points`
    })
    .join('; ')

/** Two paragraphs for choosing: what to expect, and what to do. */
export const words = (report: Report): string =>
  report.accuracies.length === 0 ? 'Nothing is judged yet.' : `${expectation(report)}\n\n${advice(report)}`

const expectation = ({ cells, accuracies, perplexities, equalTime }: Report): string => {
  const sizes = accuracies.map(({ difference }) => difference)
  const widest =
    sizes.length === 0
      ? ''
      : `All intervals lie between ${signed(Math.min(...sizes.map(({ low }) => low)), 2)} and ${signed(Math.max(...sizes.map(({ high }) => high)), 2)} points of accuracy: whatever the forecast does to networks and trainings like these, it is no more than that.`
  return [
    '**What to expect.**',
    widest,
    tally('On accuracy', accuracies),
    tally('On the perplexity of text', perplexities),
    equalTime.length === 0 ? '' : tally('At equal time', equalTime),
    costSentence(cells),
  ]
    .filter((sentence) => sentence !== '')
    .join(' ')
}

const tally = (lead: string, all: readonly Comparison[]): string =>
  all.length === 0
    ? ''
    : `${lead}, ${having(all, 'better').length} of ${all.length} comparisons are better, ${having(all, 'worse').length} worse, ${having(all, 'open').length} open after Holm's correction.`

const costSentence = (cells: Report['cells']): string => {
  const ratios = cells
    .filter(({ seeds }) => seeds.length > 0)
    .flatMap((cell) => forecasts.map((ahead) => costRatio(cell, ahead)))
  return ratios.length === 0
    ? ''
    : `The time of a step changes by ${signed(100 * (median(ratios) - 1), 1)} % in the median.`
}

const advice = ({ cells, accuracies, perplexities }: Report): string => {
  const sentences = cells.map(({ task }) => {
    const own = [...accuracies, ...perplexities].filter((comparison) => comparison.task === task)
    const steps = (wanted: Verdict) =>
      forecasts.filter((ahead) => {
        const verdicts = own.filter((comparison) => comparison.ahead === ahead).map(({ verdict }) => verdict)
        return verdicts.includes(wanted) && verdicts.every((verdict) => verdict === wanted || verdict === 'open')
      })
    const [good, bad] = [steps('better'), steps('worse')]
    if (good.length > 0) return `for what is like “${task.title}”, s = ${listed(good.map(String))} is worth a try`
    if (bad.length > 0) return `for what is like “${task.title}”, leave it off (s = ${listed(bad.map(String))} hurt)`
    return `for what is like “${task.title}”, nothing here speaks for it or against it`
  })
  return `**What to do.** Begin without a forecast, tune the learning rate first. Then: ${sentences.join('; ')}. Whoever tries it tunes the rate again for it, and judges by data that chose nothing.`
}

/** a; a and b; a, b and c. */
export const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`

/** With its sign; a minus as typeset. */
export const signed = (value: number, digits: number): string => {
  const text = Math.abs(value).toFixed(digits)
  return Number(text) === 0 ? text : `${value < 0 ? '−' : '+'}${text}`
}
