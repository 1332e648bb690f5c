import { cpus } from 'node:os'
import {
  bestLosses,
  bestRate,
  type Cell,
  costOf,
  diverged,
  lossDifference,
  stepMs,
  stepsTo,
  targetOf,
  timeDifference,
  wallMs,
} from './analysis.ts'
import { atBestRates, atSameRates, type Comparison, countOf, forecasts, type Place } from './comparisons.ts'
import { aheads, type Plan, taskNamed } from './runs.ts'
import { type Estimate, estimate, pairedDifference, verdict } from './statistics.ts'
import { optimizersOf, percent, signed, words } from './words.ts'

/** The report as markdown; its pictures lie in `folder` beside it. */
export const page = (cells: readonly Cell[], plan: Plan, folder: string): string =>
  `${[
    '# What the forecast does to training',
    opening(cells, plan),
    '## In words',
    words(cells),
    overview(cells),
    '## Best held-out loss, each at its best learning rate',
    'Mean ± half of the 95 % interval over seeds; the learning rate in brackets, with * where it lies at the edge of the grid (there a wider grid might find a better one). Then the paired difference from s = 0.',
    bestTable(cells),
    '## The same learning rate for both',
    "Best held-out loss at s less the plain optimizer's at the same rate, paired by seed. The row marked ← is the plain optimizer's best rate.",
    sameRateTable(cells),
    '## Steps and seconds to a fixed loss',
    'The fixed loss is what the plain optimizer has at its best rate after half of its steps, in the mean. Each s at its own best rate; steps between two evaluations lie on the straight line. Seconds are steps × the processor time of a step of that training. Where not every seed comes down to it, the number of seeds that do.',
    reachTable(cells),
    '## Equal time',
    "Held-out loss at s less the plain optimizer's, each at its own best rate, after the same time: half and all of the time in which the quicker of the two is through with its steps. The time is the processor's: on one thread, what a clock shows where nothing else runs.",
    timeTable(cells),
    '## What a step costs',
    `Milliseconds of a whole step (loss, gradient, update) as the processor counts them, medians, on one thread of ${cpus()[0]?.model.trim()}; then the ratio to the plain optimizer beside which it ran, step by step in turn. By the clock: the plain optimizer's step, with all that the machine did beside it.`,
    costTable(cells),
    '## Curves',
    ...pictures(cells, folder),
  ].join('\n\n')}\n`

const opening = (cells: readonly Cell[], plan: Plan): string => {
  const names = [...new Set(cells.map(({ task }) => task.name))]
  const seeds = [...new Set(cells.map((cell) => cell.seeds.length))].sort((a, b) => a - b)
  const command = plan.quick ? 'npm run study -- --quick' : 'npm run study'
  return [
    `Written by \`${command}\`; [weight-prediction.md](weight-prediction.md) explains the method. Each network is trained with the gradient`,
    'taken 0, 1, 2 and 3 steps ahead (s; 0 is the plain optimizer), from the same weights by the same batches for every s of one seed, with',
    'the same grid of learning rates for every s. The learning rate decays to 0 by a cosine. Losses are mean cross entropies in nats, held out,',
    'at the real weights, never at the predicted ones; the best of 20 evaluations counts, and the learning rate is chosen by that same number.',
    `Every figure rests on ${seeds.join(' to ')} seed${seeds.at(-1) === 1 ? '' : 's'} (column n). **Bold**: the 95 % interval (Student's t, paired by seed) does not hold 0.`,
    '',
    ...names.map((name) => {
      const { title, setup } = taskNamed(name)
      return `- ${title}: ${setup}, ${cells.find(({ task }) => task.name === name)!.steps} steps.`
    }),
    '',
    '`sgdm` has momentum 0.9, `adamw` a weight decay of 0.1. `rmsprop` has no momentum (decay 0.99): its forecast repeats what a single batch',
    'said. These are short trainings of small networks: they show the first part of a training, not its end (a blind guess has ln 10 = 2.30',
    'nats on digits, ln 38 = 3.64 on text).',
  ].join('\n')
}

/** What the words rest on, counted. */
const overview = (cells: readonly Cell[]): string =>
  [
    'What these words rest on, counted over tasks: clearly better / open / clearly worse than the plain optimizer at 95 %, each at its own best rate, and the mean change of the loss. By chance alone one comparison in twenty would look clear.',
    table(
      ['', ...forecasts.map((ahead) => `s = ${ahead}`)],
      optimizersOf(cells).map((name) => {
        const all = atBestRates(cells.filter(({ optimizer }) => optimizer === name))
        return [
          `\`${name}\``,
          ...forecasts.map((ahead) => {
            const own = all.filter((comparison) => comparison.ahead === ahead)
            return `${tally(own)}, ${percent(estimate(own.map(({ share }) => share)).mean)}`
          }),
        ]
      }),
    ),
    "The same, all s together, at one rate for both, by where it stands to the plain optimizer's best:",
    table(
      ['', ...places],
      optimizersOf(cells).map((name) => {
        const own = cells.filter(({ optimizer }) => optimizer === name)
        return [`\`${name}\``, ...places.map((place) => tally(atSameRates(own, place)))]
      }),
    ),
  ].join('\n\n')

const places: readonly Place[] = ['below', 'at', 'above']

const tally = (all: readonly Comparison[]): string =>
  `${countOf(all, 'better')} / ${countOf(all, 'open')} / ${countOf(all, 'worse')}`

const bestTable = (cells: readonly Cell[]): string =>
  table(
    ['', 'n', ...aheads.map((ahead) => `s = ${ahead}`), ...forecasts.map((ahead) => `${ahead} less 0`)],
    cells.map((cell) => [
      label(cell),
      String(cell.seeds.length),
      ...aheads.map((ahead) => {
        const rate = bestRate(cell, ahead)
        const edge = rate === cell.rates[0] || rate === cell.rates.at(-1) ? '*' : ''
        return `${plain(estimate(bestLosses(cell, rate, ahead)))} (${rate}${edge})`
      }),
      ...forecasts.map((ahead) => change(lossDifference(cell, ahead, bestRate(cell, ahead), bestRate(cell, 0)))),
    ]),
  )

const sameRateTable = (cells: readonly Cell[]): string =>
  table(
    ['', 'n', 'rate', 's = 0', ...forecasts.map((ahead) => `${ahead} less 0`)],
    cells.flatMap((cell) =>
      cell.rates.map((rate) => [
        label(cell),
        String(cell.seeds.length),
        `${rate}${rate === bestRate(cell, 0) ? ' ←' : ''}`,
        survived(cell, rate, 0) ?? plain(estimate(bestLosses(cell, rate, 0))),
        ...forecasts.map((ahead) => survived(cell, rate, ahead) ?? change(lossDifference(cell, ahead, rate, rate))),
      ]),
    ),
  )

/** What is said of trainings some of which ended in numbers that are none; nothing where all survived. */
const survived = (cell: Cell, rate: number, ahead: number): string | undefined => {
  const count = diverged(cell, rate, ahead)
  return count === 0 ? undefined : `${count} of ${cell.seeds.length} diverged`
}

const reachTable = (cells: readonly Cell[]): string =>
  table(
    ['', 'n', 'loss', ...aheads.map((ahead) => `s = ${ahead}`), ...forecasts.map((ahead) => `steps, ${ahead} less 0`)],
    cells.map((cell) => {
      const target = targetOf(cell)
      const reached = aheads.map((ahead) => {
        const runs = cell.runs(bestRate(cell, ahead), ahead)
        const steps = runs.map((run) => stepsTo(run, target))
        const seconds = runs.map((run, i) => ((steps[i] ?? Number.NaN) * run.stepMs) / 1000)
        return { steps, seconds }
      })
      return [
        label(cell),
        String(cell.seeds.length),
        target.toFixed(3),
        ...reached.map(({ steps, seconds }) =>
          whole(steps) ? `${plain(estimate(steps), 0)}; ${plain(estimate(seconds), 2)} s` : few(steps),
        ),
        ...forecasts.map((_, i) => {
          const [own, base] = [reached[i + 1]!.steps, reached[0]!.steps]
          return whole(own) && whole(base) ? change(pairedDifference(own, base), 0) : '–'
        }),
      ]
    }),
  )

const whole = (steps: readonly (number | undefined)[]): steps is readonly number[] =>
  steps.every((step) => step !== undefined)

const few = (steps: readonly (number | undefined)[]): string =>
  `${steps.filter((step) => step !== undefined).length} of ${steps.length} seeds`

const timeTable = (cells: readonly Cell[]): string =>
  table(
    [
      '',
      'n',
      ...[0.5, 1].flatMap((share) => forecasts.map((ahead) => `${ahead} less 0, ${share === 1 ? 'all' : 'half'}`)),
    ],
    cells.map((cell) => [
      label(cell),
      String(cell.seeds.length),
      ...[0.5, 1].flatMap((share) => forecasts.map((ahead) => change(timeDifference(cell, ahead, share)))),
    ]),
  )

const costTable = (cells: readonly Cell[]): string =>
  table(
    [
      '',
      'trainings of each s',
      ...aheads.map((ahead) => `s = ${ahead}`),
      ...forecasts.map((ahead) => `${ahead} : 0`),
      'by the clock, s = 0',
    ],
    cells.map((cell) => [
      label(cell),
      String(cell.seeds.length * cell.rates.length),
      ...aheads.map((ahead) => `${stepMs(cell, ahead).toPrecision(3)} ms`),
      ...forecasts.map((ahead) => costOf(cell, ahead).toFixed(3)),
      `${wallMs(cell, 0).toPrecision(3)} ms`,
    ]),
  )

const pictures = (cells: readonly Cell[], folder: string): readonly string[] =>
  [...new Set(cells.map(({ task }) => task.name))].flatMap((name) => {
    const { title } = taskNamed(name)
    return [
      `![${title}: held-out loss against steps](${folder}/${name}.svg)`,
      `![${title}: best held-out loss against the learning rate](${folder}/${name}-rates.svg)`,
    ]
  })

const label = ({ task, optimizer }: Cell): string => `${task.title}, \`${optimizer}\``

const plain = ({ mean, half }: Estimate, digits = 4): string =>
  Number.isNaN(half) ? mean.toFixed(digits) : `${mean.toFixed(digits)} ± ${half.toFixed(digits)}`

/** A difference with its sign, bold where its interval does not hold 0. */
const change = (difference: Estimate, digits = 4): string => {
  const { mean, half } = difference
  const text = `${signed(mean, digits)}${Number.isNaN(half) ? '' : ` ± ${half.toFixed(digits)}`}`
  return verdict(difference) === 'open' ? text : `**${text}**`
}

/** A table of markdown: the first column to the left, the others to the right. */
const table = (heading: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heading, heading.map((_, i) => (i === 0 ? '---' : '---:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
