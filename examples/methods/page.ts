/** What an experiment found, as the Markdown of its section in docs/methods.md. */
import type { Estimate } from '../study/statistics.ts'
import {
  type Answer,
  answers,
  chosen,
  type Experiment,
  type Found,
  figureOf,
  isInterior,
  judged,
} from './experiment.ts'

const signed = (x: number, text: (x: number) => string): string => `${x < 0 ? '−' : '+'}${text(Math.abs(x))}`

const rowsOf = (experiment: Experiment, found: readonly Found[]): string[][] => [
  ['', ...(experiment.setting ? [experiment.setting] : []), ...experiment.columns.map(({ heading }) => heading)],
  ...Object.keys(experiment.arms).map((arm) => {
    const setting = experiment.arms[arm]!.settings.length === 1 ? '' : (chosen(experiment, found, arm) ?? '')
    const mark = isInterior(experiment, found, arm) ? '' : ' (edge)'
    const cells = experiment.columns.map(({ figure, text }) => cellOf(figureOf(experiment, found, arm, figure), text))
    return [arm, ...(experiment.setting ? [`${setting}${mark}`] : []), ...cells]
  }),
]

const cellOf = ({ mean, low, high }: Estimate, text: (x: number) => string): string =>
  Number.isNaN(low) || high === low ? text(mean) : `${text(mean).replace(' %', '')} ± ${text((high - low) / 2)}`

const lineOf = (experiment: Experiment, { question, difference, corrected }: Answer): string => {
  const {
    heading,
    text,
    difference: words = text,
  } = experiment.columns.find(({ figure }) => figure === question.figure)!
  const interval = `${signed(difference.mean, words)} (${signed(difference.low, words)} to ${signed(difference.high, words)})`
  const verdict = corrected < 0.05 ? '' : '; no difference that these seeds can tell'
  return `  - ${question.arm} against ${question.against}, ${heading}: ${interval}${verdict}.`
}

const table = ([head, ...rows]: string[][]): string[] => {
  const widths = head!.map((_, i) => Math.max(3, ...[head!, ...rows].map((row) => row[i]!.length)))
  const line = (row: readonly string[]) => `  | ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`
  return [line(head!), `  | ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)]
}

/** The list item of an experiment: what was run and by which command, a table of means, and the differences by pairs. */
export const sectionOf = (experiment: Experiment, found: readonly Found[]): string => {
  const counts = Object.keys(experiment.arms).map((arm) => judged(experiment, found, arm).length)
  const tuned = Object.values(experiment.arms).some(({ settings }) => settings.length > 1)
  const how = [
    experiment.about,
    ...(tuned ? ['each setting chosen by two seeds of its own, on data that judge nothing'] : []),
    `mean and half of the 95 % interval of ${Math.min(...counts)} other seeds`,
  ].join('; ')
  const lines = answers(experiment, found).map((answer) => lineOf(experiment, answer))
  return [
    `- **Example** (${how}): \`npm run methods -- --only ${experiment.name}\``,
    '',
    ...table(rowsOf(experiment, found)),
    '',
    ...(lines.length > 0
      ? ['  By pairs of one seed, with 95 % intervals, judged after Holm’s correction:', '', ...lines]
      : []),
  ].join('\n')
}

const place = (name: string): RegExp => new RegExp(`(<!-- runs: ${name} -->\\n)[\\s\\S]*?(<!-- end -->)`)

/** The page with an experiment's section made anew. Without a place for it: an error. */
export const withSection = (page: string, experiment: Experiment, found: readonly Found[]): string => {
  if (!place(experiment.name).test(page))
    throw new Error(`docs/methods.md: no place <!-- runs: ${experiment.name} -->.`)
  return page.replace(place(experiment.name), (_, head, tail) => `${head}${sectionOf(experiment, found)}\n${tail}`)
}
