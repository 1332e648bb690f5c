import { forestPlot } from '../plot/forestPlot.ts'
import { lineChart } from '../plot/lineChart.ts'
import { type Cell, chosen, forecasts, lossDifferences } from './analysis.ts'
import type { Report } from './reportOf.ts'
import { aheads, shares } from './runs.ts'

/** The primary family: one line a comparison. */
export const forestPicture = ({ cells, accuracies }: Report): string =>
  forestPlot({
    title: 'AdamW: final test accuracy, s steps ahead less s = 0',
    note: "points, paired by seed, 95 % intervals; orange: p < 0.05 after Holm's correction",
    groups: cells.flatMap(({ task, seeds }) => {
      const own = accuracies.filter((comparison) => comparison.task === task)
      const rows = own.map(({ ahead, difference, verdict }) => ({
        name: `s = ${ahead}`,
        ...difference,
        clear: verdict !== 'open',
      }))
      const sides = ['looking ahead is worse', 'looking ahead is better'] as const
      return rows.length === 0 ? [] : [{ title: `${task.title}, ${seeds.length} seeds`, sides, rows }]
    }),
  })

/** Where in training the gain lies, exploratory. */
export const duringPicture = ({ cells }: Report): string =>
  forestPlot({
    title: 'AdamW: validation loss during training, s steps ahead less s = 0',
    note: 'nats, paired by seed, uncorrected 95 % intervals; orange: without 0; exploratory',
    groups: cells.filter(({ seeds }) => seeds.length >= 2).map(duringGroup),
  })

const duringGroup = (cell: Cell) => ({
  title: `${cell.task.title}, ${cell.seeds.length} seeds`,
  sides: ['looking ahead is better', 'looking ahead is worse'] as const,
  rows: forecasts.flatMap((ahead) =>
    lossDifferences(cell, ahead).map((difference, i) => ({
      name: `s = ${ahead}, ${100 * shares[i]!} %`,
      ...difference,
      clear: difference.low > 0 || difference.high < 0,
    })),
  ),
})

/** Validation loss against the learning rate, from the tuning trainings. */
export const ratesPicture = ({ task }: Cell, { plan, known }: Report): string =>
  lineChart({
    title: `${task.title}: AdamW`,
    note: 'mean final validation loss of the tuning seeds; no dot where a training diverged',
    xLabel: 'learning rate',
    yLabel: 'validation loss (nats)',
    xScale: 'log',
    xTicks: task.rates,
    yScale: 'log',
    dots: true,
    legend: 'middle',
    series: aheads.map((ahead) => ({
      name: `s = ${ahead}`,
      points: chosen(task.name, ahead, plan, known).rates.map(([rate, loss]) => [rate, loss ?? Number.NaN] as const),
    })),
  })
