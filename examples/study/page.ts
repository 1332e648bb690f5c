import {
  accuracy,
  type Cell,
  type Comparison,
  chosen,
  costRatio,
  finalScore,
  forecasts,
  lossDifferences,
  meanOf,
  type Outcome,
  perplexity,
  standing,
} from './analysis.ts'
import { type Explored, scales, six, swapped } from './exploring.ts'
import { judgingSeeds } from './plan.ts'
import { registered } from './registered.ts'
import type { Report } from './reportOf.ts'
import { aheads, type Part, shares } from './runs.ts'
import { type Estimate, pairedDifference } from './statistics.ts'
import { answer, signed, words } from './words.ts'

/** Where the page and its pictures lie, and what it was made of, as the page names them. */
export interface Places {
  /** The folder of the pictures, beside the page. */
  readonly folder: string
  readonly results: string
}

/** The report as markdown. */
export const page = (report: Report, { folder, results }: Places): string =>
  `${[
    '# Does looking ahead help AdamW?',
    answer(report),
    made(report, folder, results),
    '## In plain words',
    words(report),
    '## Final test accuracy',
    "Percent of digits, or of the next characters; mean ± half of the 95 % interval over judging seeds, each s at the learning rate that tuning chose. Then the difference from s = 0 in points, paired by seed, with its 95 % interval and p after Holm's correction over all comparisons of the table. **Bold**: p < 0.05.",
    outcomeTable(report.cells, accuracy),
    differenceTable(report.accuracies),
    `![Differences of final test accuracy from s = 0 with 95 % intervals](${folder}/forest.svg)`,
    '## Perplexity of text',
    'e to the mean cross entropy of the next character on the test part; less is better.',
    outcomeTable(
      report.cells.filter(({ task }) => task.text),
      perplexity,
    ),
    differenceTable(report.perplexities),
    '## Equal time',
    "What a step of s costs beside a step of s = 0 (processor's time, median of the seeds' ratios), and the accuracy of s after 98 % of its steps (95 % where a step costs more than 1 / 0.98 of the plain one's) less the final accuracy of s = 0, as the plan says.",
    costTable(report.cells),
    differenceTable(report.equalTime),
    '## Learning rates that tuning chose',
    'Mean final validation loss over the tuning seeds, in nats; the chosen rate in bold, * where it lies at an end of the grid; – where a training diverged or is not in. 0.001 is the default of the published code.',
    ...report.cells.map((cell) => tuningTable(cell, report)),
    ...report.cells.map(
      ({ task }) => `![${task.title}: validation loss against the learning rate](${folder}/${task.name}-rates.svg)`,
    ),
    '# Exploratory',
    'Intervals of single comparisons at 95 %, uncorrected: one in twenty misses by chance. Nothing here is a finding; it says what to ask next.',
    '## Where in training the gain lies',
    'Validation loss at s less that at s = 0, paired by seed, after so much of the training (judging trainings); below zero is better.',
    gainTable(report.cells),
    `![Differences of validation loss during training](${folder}/during.svg)`,
    ...exploratory(report),
  ].join('\n\n')}\n`

const made = (report: Report, folder: string, results: string): string => {
  const counts = (parts: readonly Part[]): string => {
    const { done, all } = standing(parts, report.plan, report.known)
    return `${done} of ${all}`
  }
  const seeds = report.cells.map(({ task, seeds }) => `${task.title} ${seeds.length}`).join(', ')
  const status = report.preliminary
    ? `**Preliminary: not every training is in.** Tuning: ${counts(['tuning'])} trainings; judging: ${counts(['judging'])}. The tables rest on the seeds of ${judgingSeeds(report.plan).length} for which all s are in: ${seeds}.`
    : `All trainings of the primary question are in: ${counts(['tuning'])} that tune, ${counts(['judging'])} that judge (whole seeds: ${seeds}).`
  const lost = report.cells.flatMap(({ task, diverged }) => diverged.map((seed) => `${task.title} seed ${seed}`))
  return [
    status,
    `Exploratory: ${counts(['batch', 'width', 'texts', 'sixTuning', 'six'])}.`,
    lost.length === 0 ? 'No judging training diverged.' : `Left out, as a training diverged: ${lost.join(', ')}.`,
    `The [plan](${folder}/plan.md) was committed first (${registered.commit.slice(0, 12)}, SHA-256 ${registered.sha256.slice(0, 16)}…); the trainings are [${results}](${folder}/${results});`,
    'this page is written from them by `npm run study -- --report`, and `npm run study` does what is missing.',
    `An earlier study, whose rates were chosen by the losses that it reports, stands as [exploratory](${folder}/exploratory.md).`,
  ].join(' ')
}

const outcomeTable = (cells: readonly Cell[], outcome: Outcome): string =>
  table(
    ['', 'seeds', ...aheads.map((ahead) => `s = ${ahead}`)],
    cells
      .filter(({ seeds }) => seeds.length >= 2)
      .map((cell) => [
        cell.task.title,
        String(cell.seeds.length),
        ...aheads.map((ahead) => plusMinus(meanOf(cell, ahead, outcome), 2)),
      ]),
  )

const differenceTable = (family: readonly Comparison[]): string =>
  table(
    ['', ...forecasts.map((ahead) => `s = ${ahead} less s = 0`)],
    [...new Set(family.map(({ task }) => task))].map((task) => [
      task.title,
      ...forecasts.map((ahead) => {
        const own = family.find((comparison) => comparison.task === task && comparison.ahead === ahead)
        if (own === undefined) return '–'
        const text = `${interval(own.difference, 3)}, p ${probability(own.corrected)}`
        return own.verdict === 'open' ? text : `**${text}**, ${own.verdict}`
      }),
    ]),
  )

const costTable = (cells: readonly Cell[]): string =>
  table(
    ['cost of a step', ...forecasts.map((ahead) => `s = ${ahead}`)],
    cells
      .filter(({ seeds }) => seeds.length > 0)
      .map((cell) => [cell.task.title, ...forecasts.map((ahead) => costRatio(cell, ahead).toFixed(3))]),
  )

const tuningTable = ({ task }: Cell, { plan, known }: Report): string => {
  const tunings = aheads.map((ahead) => chosen(task.name, ahead, plan, known))
  return table(
    [task.title, ...tunings[0]!.rates.map(([rate]) => String(rate))],
    tunings.map(({ rates, best, edge }, i) => [
      `s = ${aheads[i]}`,
      ...rates.map(([rate, loss]) => {
        if (loss === undefined) return '–'
        return rate === best ? `**${loss.toFixed(4)}**${edge ? '*' : ''}` : loss.toFixed(4)
      }),
    ]),
  )
}

const gainTable = (cells: readonly Cell[]): string =>
  table(
    ['', 's', ...shares.map((share) => `${100 * share} % of the steps`)],
    cells
      .filter(({ seeds }) => seeds.length >= 2)
      .flatMap((cell) =>
        forecasts.map((ahead) => [
          cell.task.title,
          String(ahead),
          ...lossDifferences(cell, ahead).map((difference) => interval(difference, 4)),
        ]),
      ),
  )

/** The parts of which anything is in; the rest is said to be missing. */
const exploratory = ({ plan, known }: Report): readonly string[] => [
  '## Batch size and width',
  exploredTable([...scales('batch', plan, known), ...scales('width', plan, known)]),
  '## The texts swapped',
  exploredTable(swapped(plan, known)),
  "## XGrad's other five",
  exploredTable(six(plan, known)),
]

const exploredTable = (all: readonly Explored[]): string =>
  all.length === 0
    ? 'Not yet run.'
    : `Final test accuracy in percent at s = 0, and differences from it in points, paired by seed.\n\n${table(
        ['', '', 'seeds', 's = 0', ...forecasts.map((ahead) => `${ahead} less 0`)],
        all.map(({ name, cell }) => [
          cell.task.title,
          name,
          String(cell.seeds.length),
          plusMinus(meanOf(cell, 0, accuracy), 2),
          ...forecasts.map((ahead) => interval(finalDifference(cell, ahead), 2)),
        ]),
      )}`

const finalDifference = (cell: Cell, ahead: number): Estimate => {
  const values = (s: number) => cell.runs(s).map((result) => accuracy.of(finalScore(result)))
  return pairedDifference(values(ahead), values(0))
}

const plusMinus = ({ mean, high }: Estimate, digits: number): string =>
  `${mean.toFixed(digits)} ± ${(high - mean).toFixed(digits)}`

const interval = ({ mean, low, high }: Estimate, digits: number): string =>
  `${signed(mean, digits)} [${signed(low, digits)}, ${signed(high, digits)}]`

const probability = (p: number): string => (p < 0.001 ? '< 0.001' : `= ${p.toFixed(3)}`)

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  rows.length === 0
    ? 'No two whole seeds are in.'
    : [head, head.map((_, i) => (i === 0 ? '---' : '---:')), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
