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
        note: `mean of ${seedsText(cell)}`,
        xLabel: 'learning rate, as power of ten',
        yLabel: 'best held-out loss (nats)',
        series: withHeadroom(aheads.map((ahead) => ({ name: `s = ${ahead}`, points: rateCurve(cell, ahead) }))),
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

/** The mean over seeds after each evaluation; no point where a seed has none, or where the mean is above the start. */
const meanCurve = (cell: Cell, rate: number, ahead: number): Series['points'] => {
  const runs = cell.runs(rate, ahead)
  const start = estimate(runs.map(({ curve }) => curve[0]![1])).mean
  return runs[0]!.curve.map(([step], i) => {
    const { mean } = estimate(runs.map(({ curve }) => curve[i]?.[1] ?? Number.NaN))
    return [step, mean <= 1.02 * start ? mean : Number.NaN] as const
  })
}

const rateCurve = (cell: Cell, ahead: number): Series['points'] =>
  cell.rates.map(
    (rate) =>
      [
        Math.log10(rate),
        diverged(cell, rate, ahead) > 0 ? Number.NaN : estimate(bestLosses(cell, rate, ahead)).mean,
      ] as const,
  )

/** A point that is not drawn, above all others: rising curves leave the legend no room. */
const withHeadroom = (series: readonly Series[]): readonly Series[] => {
  const points = series.flatMap((line) => line.points.filter((point) => point.every(Number.isFinite)))
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)]
  const [low, high] = [Math.min(...ys), Math.max(...ys)]
  const above = [Math.max(...xs), high + 0.45 * (high - low)] as const
  return series.map((line, i) => (i === 0 ? { ...line, points: [...line.points, lifted, above] } : line))
}

/** Interrupts a line. */
const lifted = [Number.NaN, Number.NaN] as const

const seedsText = ({ seeds }: Cell): string => (seeds.length === 1 ? '1 seed' : `${seeds.length} seeds`)
