import { line } from 'd3-shape'
import { type Axis, linearAxis, logAxis } from './axes.ts'
import { tickText } from './ticks.ts'

/** A line of the chart; a point that is not finite interrupts it. */
export interface Series {
  readonly name: string
  readonly points: readonly (readonly [x: number, y: number])[]
}

export interface LineChart {
  readonly title: string
  /** One line below the title: what is shown, and under which conditions. */
  readonly note?: string
  readonly xLabel: string
  readonly yLabel: string
  /** A logarithmic axis leaves out what is not above 0. */
  readonly yScale?: Scale
  readonly xScale?: Scale
  /** Where the x axis has its ticks, in the place of round numbers. */
  readonly xTicks?: readonly number[]
  /** The greatest y that has a place: lines are cut off there. */
  readonly yMost?: number
  /** A dot at every point: for few points, measured where they stand. */
  readonly dots?: boolean
  /** Where the names stand, at the top. Default: right, where a falling curve leaves room; a rising one leaves it on the left. */
  readonly legend?: 'left' | 'middle' | 'right'
  readonly series: readonly Series[]
  readonly width?: number
  readonly height?: number
}

type Scale = 'linear' | 'log'

/** Okabe & Ito's colours that stand out on white, told apart by colour-blind readers too. */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9']
const margin = { top: 64, right: 24, bottom: 52, left: 68 }

/** A line chart as the text of one self-contained SVG file, on white. */
export const lineChart = (chart: LineChart): string => {
  const { width = 800, height = 460, xScale = 'linear', yScale = 'linear', yMost = Number.POSITIVE_INFINITY } = chart
  const frame = { left: margin.left, right: width - margin.right, top: margin.top, bottom: height - margin.bottom }
  const series = chart.series.map((line) => ({ ...line, points: line.points.map(shown(xScale, yScale)) }))
  const x = axes[xScale](extent(series, 0), frame.left, frame.right)
  const [low, high] = extent(series, 1)
  const y = axes[yScale]([low, Math.max(low, Math.min(high, yMost))], frame.bottom, frame.top)
  const parts = [
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    heading(chart),
    ...(chart.xTicks ?? x.ticks).map((tick) => xTick(x.place(tick), tick, frame)),
    ...y.ticks.map((tick) => yTick(y.place(tick), tick, frame)),
    axisLines(frame),
    axisLabels(chart, frame, height),
    cutOff(
      frame,
      series.flatMap(({ points }, i) => [
        curve(points, x.place, y.place, colour(i)),
        ...(chart.dots ? points.filter(hasPlace).map((point) => dot(point, x.place, y.place, colour(i))) : []),
      ]),
    ),
    legend(series, frame, chart.legend ?? 'right'),
  ]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`,
    `  font-family="system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif" font-size="13" fill="#24292f" role="img">`,
    ...parts,
    '</svg>\n',
  ].join('\n')
}

type Point = readonly [number, number]

interface Frame {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

/** A point as it is drawn: NaN where the scale has no place for it. */
const shown =
  (xScale: Scale, yScale: Scale) =>
  ([x, y]: Point): Point =>
    has(xScale, x) && has(yScale, y) ? [x, y] : [Number.NaN, Number.NaN]

const has = (scale: Scale, value: number): boolean => Number.isFinite(value) && (scale === 'linear' || value > 0)

const hasPlace = ([x]: Point): boolean => !Number.isNaN(x)

/** The least and the greatest coordinate of all points; an empty chart gets an empty axis from 1 to 10. */
const extent = (series: readonly Series[], coordinate: 0 | 1): readonly [number, number] => {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const { points } of series) {
    for (const point of points) {
      // Written so that NaN changes nothing.
      if (point[coordinate] < low) low = point[coordinate]
      if (point[coordinate] > high) high = point[coordinate]
    }
  }
  return low <= high ? [low, high] : [1, 10]
}

/** An axis needs an extent, also for a single value. */
const linear = ([low, high]: Point, from: number, to: number): Axis =>
  linearAxis(
    low < high ? [low, high] : [low - (Math.abs(low) || 1) / 2, high + (Math.abs(high) || 1) / 2],
    [from, to],
    7,
  )

const logarithmic = ([low, high]: Point, from: number, to: number): Axis => {
  // A little air below and above: the best loss should not lie on the axis.
  const margin = Math.min(1.1, (high / low) ** 0.08)
  return logAxis(low < high ? [low / margin, high * margin] : [low / 2, high * 2], [from, to], 8)
}

const axes = { linear, log: logarithmic }

const heading = ({ title, note }: LineChart): string =>
  [
    `<text x="${margin.left}" y="26" font-size="17" font-weight="600">${escaped(title)}</text>`,
    ...(note === undefined ? [] : [`<text x="${margin.left}" y="46" fill="#57606a">${escaped(note)}</text>`]),
  ].join('\n')

const xTick = (at: number, value: number, { bottom }: Frame): string =>
  [
    `<line x1="${px(at)}" y1="${bottom}" x2="${px(at)}" y2="${bottom + 5}" stroke="#57606a"/>`,
    `<text x="${px(at)}" y="${bottom + 20}" text-anchor="middle">${tickText(value)}</text>`,
  ].join('\n')

const yTick = (at: number, value: number, { left, right }: Frame): string =>
  [
    `<line x1="${left}" y1="${px(at)}" x2="${right}" y2="${px(at)}" stroke="#d8dee4"/>`,
    `<text x="${left - 8}" y="${px(at + 4.5)}" text-anchor="end">${tickText(value)}</text>`,
  ].join('\n')

const axisLines = ({ left, right, top, bottom }: Frame): string =>
  `<path d="M${left} ${top}V${bottom}H${right}" fill="none" stroke="#57606a"/>`

const axisLabels = ({ xLabel, yLabel }: LineChart, { left, right, top, bottom }: Frame, height: number): string =>
  [
    `<text x="${(left + right) / 2}" y="${height - 12}" text-anchor="middle">${escaped(xLabel)}</text>`,
    `<text transform="translate(18 ${(top + bottom) / 2}) rotate(-90)" text-anchor="middle">${escaped(yLabel)}</text>`,
  ].join('\n')

/** One path, lifted wherever a point has no place. */
const curve = (points: readonly Point[], x: Axis['place'], y: Axis['place'], stroke: string): string => {
  const path = line<Point>(
    (point) => x(point[0]),
    (point) => y(point[1]),
  )
    .defined(hasPlace)
    .digits(2)(points as Point[])
  return `<path d="${path ?? ''}" fill="none" stroke="${stroke}" stroke-width="1.8" stroke-linejoin="round" stroke-linecap="round"/>`
}

const dot = ([x, y]: Point, xPlace: Axis['place'], yPlace: Axis['place'], fill: string): string =>
  `<circle cx="${px(xPlace(x))}" cy="${px(yPlace(y))}" r="3" fill="${fill}"/>`

/** What lies outside the frame is not drawn, but for half a dot: an svg within an svg cuts off what leaves it. */
const cutOff = ({ left, right, top, bottom }: Frame, parts: readonly string[]): string => {
  const box = [left - air, top - air, right - left + 2 * air, bottom - top + 2 * air]
  const [x, y, width, height] = box
  return [
    `<svg x="${x}" y="${y}" width="${width}" height="${height}" viewBox="${box.join(' ')}">`,
    ...parts,
    '</svg>',
  ].join('\n')
}

const air = 4

const legend = (series: readonly Series[], frame: Frame, place: NonNullable<LineChart['legend']>): string => {
  const width = Math.max(0, ...series.map(({ name }) => name.length)) * 7.2 + 44
  const left = { left: frame.left + 14, middle: (frame.left + frame.right - width) / 2, right: frame.right - width }[
    place
  ]
  const names = series.map(({ name }, i) => {
    const at = frame.top + 18 + i * 20
    return [
      `<line x1="${px(left)}" y1="${at - 4}" x2="${px(left + 26)}" y2="${at - 4}" stroke="${colour(i)}" stroke-width="3"/>`,
      `<text x="${px(left + 34)}" y="${at}">${escaped(name)}</text>`,
    ].join('\n')
  })
  // A line that passes behind the names fades there.
  const ground = `<rect x="${px(left - 6)}" y="${frame.top + 2}" width="${px(width + 6)}" height="${20 * series.length + 4}" fill="#ffffff" fill-opacity="0.8"/>`
  return [ground, ...names].join('\n')
}

const colour = (i: number): string => colours[i % colours.length]!
const px = (value: number): string => String(Number(value.toFixed(2)))
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
