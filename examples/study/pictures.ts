import { lineChart, type Series } from '../plot/lineChart.ts'
import { bestLosses, bestRate, type Cell, diverged } from './analysis.ts'
import { aheads } from './runs.ts'
import { estimate } from './statistics.ts'

/** The cells of one task side by side, held-out loss against steps, all at the rate that is best for the plain optimizer. */
export const curvesPicture = (cells: readonly Cell[]): string =>
  panels(
    cells.map((cell) => {
      const rate = bestRate(cell, 0)
      return lineChart({
        title: `${cell.task.title}: ${cell.optimizer}`,
        note: `learning rate ${rate}, best for the plain optimizer; mean of ${seedsText(cell)}`,
        xLabel: 'step',
        yLabel: 'held-out loss (nats)',
        yScale: 'log',
        yMost: settled(cell, rate),
        series: aheads.map((ahead) => ({ name: `s = ${ahead}`, points: meanCurve(cell, rate, ahead) })),
        ...size,
      })
    }),
  )

/** The cells of one task side by side, best held-out loss against the learning rate. */
export const ratesPicture = (cells: readonly Cell[]): string =>
  panels(
    cells.map((cell) =>
      lineChart({
        title: `${cell.task.title}: ${cell.optimizer}`,
        note: `mean of ${seedsText(cell)}; no dot where a training diverged`,
        xLabel: 'learning rate',
        yLabel: 'best held-out loss (nats)',
        xScale: 'log',
        xTicks: cell.rates,
        yScale: 'log',
        dots: true,
        legend: 'middle',
        series: aheads.map((ahead) => ({ name: `s = ${ahead}`, points: rateCurve(cell, ahead) })),
        ...size,
      }),
    ),
  )

const size = { width: 640, height: 380 }

/** Two beside each other, row under row. */
const panels = (charts: readonly string[]): string => {
  const [columns, rows] = [Math.min(2, charts.length), Math.ceil(charts.length / 2)]
  const [width, height] = [columns * size.width, rows * size.height]
  const placed = charts.map(
    (chart, i) =>
      `<g transform="translate(${(i % columns) * size.width} ${Math.floor(i / columns) * size.height})">\n${chart}</g>`,
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    ...placed,
    '</svg>\n',
  ].join('\n')
}

/** The mean over seeds after each evaluation; no point where a seed has none. */
const meanCurve = (cell: Cell, rate: number, ahead: number): Series['points'] => {
  const runs = cell.runs(rate, ahead)
  return runs[0]!.curve.map(
    ([step], i) => [step, estimate(runs.map(({ curve }) => curve[i]?.[1] ?? Number.NaN)).mean] as const,
  )
}

/** The plain optimizer's loss at the first evaluation: drawn from the start, all that differs later would lie in a corner. */
const settled = (cell: Cell, rate: number): number => meanCurve(cell, rate, 0)[1]?.[1] ?? Number.POSITIVE_INFINITY

const rateCurve = (cell: Cell, ahead: number): Series['points'] =>
  cell.rates.map(
    (rate) =>
      [rate, diverged(cell, rate, ahead) > 0 ? Number.NaN : estimate(bestLosses(cell, rate, ahead)).mean] as const,
  )

const seedsText = ({ seeds }: Cell): string => (seeds.length === 1 ? '1 seed' : `${seeds.length} seeds`)
