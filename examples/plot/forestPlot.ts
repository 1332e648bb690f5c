import { linearAxis } from './axes.ts'
import { tickText } from './ticks.ts'

/** An estimate and its interval: one line of the plot. */
export interface Row {
  readonly name: string
  readonly mean: number
  readonly low: number
  readonly high: number
  /** Told from the others by a full colour. */
  readonly clear: boolean
}

/** Rows under one heading, on an axis of their own: what they measure need not be what the next group measures. */
export interface Group {
  readonly title: string
  /** What is left of zero, and what is right of it. */
  readonly sides: readonly [left: string, right: string]
  readonly rows: readonly Row[]
}

export interface ForestPlot {
  readonly title: string
  readonly note: string
  readonly groups: readonly Group[]
}

/** Estimates with their intervals under each other around the line of no difference, as the text of one SVG file, on white. */
export const forestPlot = ({ title, note, groups }: ForestPlot): string => {
  const parts: string[] = []
  let top = 66
  for (const group of groups) {
    parts.push(groupPart(group, top))
    top += groupHeight(group)
  }
  const height = top + 8
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`,
    `  font-family="system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif" font-size="13" fill="#24292f" role="img">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="${margin}" y="26" font-size="17" font-weight="600">${escaped(title)}</text>`,
    `<text x="${margin}" y="46" fill="#57606a">${escaped(note)}</text>`,
    ...parts,
    '</svg>\n',
  ].join('\n')
}

const width = 800
const margin = 24
const [left, right] = [190, 560]
const rowHeight = 24

/** Heading, rows, ticks, sides. */
const groupHeight = ({ rows }: Group): number => 30 + rowHeight * rows.length + 62

const groupPart = ({ title, sides, rows }: Group, top: number): string => {
  const place = axisOf(rows)
  const first = top + 30
  const bottom = first + rowHeight * rows.length
  return [
    `<text x="${margin}" y="${top + 16}" font-weight="600">${escaped(title)}</text>`,
    ...place.ticks.map((tick) =>
      [
        `<line x1="${px(place.at(tick))}" y1="${first - 4}" x2="${px(place.at(tick))}" y2="${bottom}" stroke="${tick === 0 ? '#57606a' : '#d8dee4'}"/>`,
        `<text x="${px(place.at(tick))}" y="${bottom + 16}" text-anchor="middle">${tickText(tick)}</text>`,
      ].join('\n'),
    ),
    ...rows.map((row, i) => rowPart(row, first + rowHeight * (i + 0.5), place.at)),
    `<text x="${px(place.at(0) - 8)}" y="${bottom + 36}" text-anchor="end" fill="#57606a">← ${escaped(sides[0])}</text>`,
    `<text x="${px(place.at(0) + 8)}" y="${bottom + 36}" fill="#57606a">${escaped(sides[1])} →</text>`,
  ].join('\n')
}

/** As far to the left of zero as to the right, so that no side looks longer than it is. */
const axisOf = (rows: readonly Row[]) => {
  const ends = rows.flatMap(({ low, high }) => [low, high]).filter(Number.isFinite)
  const reach = 1.08 * Math.max(1e-9, ...ends.map(Math.abs))
  const { ticks, place } = linearAxis([-reach, reach], [left, right], 5)
  return { ticks, at: place }
}

const rowPart = ({ name, mean, low, high, clear }: Row, y: number, at: (value: number) => number): string => {
  const colour = clear ? '#d55e00' : '#0072b2'
  return [
    `<text x="${left - 16}" y="${px(y + 4.5)}" text-anchor="end">${escaped(name)}</text>`,
    `<line x1="${px(at(low))}" y1="${px(y)}" x2="${px(at(high))}" y2="${px(y)}" stroke="${colour}" stroke-width="2"/>`,
    `<rect x="${px(at(mean) - 4)}" y="${px(y - 4)}" width="8" height="8" fill="${colour}"/>`,
    `<text x="${right + 16}" y="${px(y + 4.5)}">${escaped(interval(mean, low, high))}</text>`,
  ].join('\n')
}

const interval = (mean: number, low: number, high: number): string =>
  `${signed(mean)}  [${signed(low)}, ${signed(high)}]`

/** Three decimals, with its sign; a minus as typeset. */
const signed = (value: number): string => {
  const text = Math.abs(value).toFixed(3)
  if (Number(text) === 0) return text
  return `${value < 0 ? '−' : '+'}${text}`
}

const px = (value: number): string => String(Number(value.toFixed(2)))
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
