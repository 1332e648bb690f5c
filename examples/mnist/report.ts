import { mean, median } from 'simple-statistics'
import { lineChart } from '../plot/lineChart.ts'
import type { Score } from './evaluate.ts'
import { table } from './table.ts'

/** What is known of one contender at the end. */
export interface Result extends Score {
  readonly name: string
  /** Of every step. */
  readonly losses: readonly number[]
  /** Milliseconds of a step and of the update in it, as often as each was measured. */
  readonly stepTimes: readonly number[]
  readonly updateTimes: readonly number[]
}

/** How many of the last steps the table's training loss is the mean of. */
const lossWindow = 100

/** One row a contender. */
export const summary = (results: readonly Result[]): string =>
  table(
    ['', 'training loss', 'test loss', 'test accuracy', 'time per step', 'in the optimizer'],
    results.map(({ name, losses, loss, accuracy, stepTimes, updateTimes }) => [
      name,
      losses.length === 0 ? '–' : mean(losses.slice(-lossWindow)).toFixed(4),
      loss.toFixed(4),
      `${(100 * accuracy).toFixed(2)} %`,
      milliseconds(stepTimes),
      milliseconds(updateTimes),
    ]),
  )

/** How the table's numbers came about. */
export const footnote = [
  `Training loss: mean of the last ${lossWindow} steps, at the weights where the gradient is taken: the predicted ones where`,
  'there is a forecast. Time in the optimizer: in every fifth round of ten steps, each step is taken in two halves, first',
  'the gradient, then the update by it; timed is the second half, less what it takes to pass a gradient on. Medians.',
].join('\n')

/** Both loss curves as SVG, smoothed: the noise of single batches hides what a reader looks for. */
export const picture = (results: readonly Result[], title: string, note: string): string =>
  lineChart({
    title,
    note: `${note}; mean of the last ${curveWindow} steps`,
    xLabel: 'step',
    yLabel: 'training loss (cross entropy, nats)',
    yScale: 'log',
    series: results.map(({ name, losses }) => ({ name, points: smoothed(losses) })),
  })

const curveWindow = 25

/** The step's number and the mean of the losses of the steps before it, itself included. */
export const smoothed = (losses: readonly number[]): readonly (readonly [number, number])[] =>
  losses.map((_, i) => [i + 1, mean(losses.slice(Math.max(0, i + 1 - curveWindow), i + 1))])

/** The median: a machine busy with something else for a moment does not move it. */
const milliseconds = (times: readonly number[]): string =>
  times.length === 0 ? 'not measured' : `${median(times).toFixed(2)} ms`
