import { line } from 'd3-shape'
import { type Axis, linearAxis, logAxis } from '../../plot/axes.ts'
import { tickText } from '../../plot/ticks.ts'
import { smoothed } from './smoothed.ts'

/** A loss of every step so far, and the CSS variable that holds its colour. */
export interface Curve {
  readonly losses: readonly number[]
  readonly colour: string
}

/** What the chart shows at one step: a loss a curve, where it has one there. */
export interface Readout {
  readonly step: number
  readonly losses: readonly (number | undefined)[]
}

/**
 * Draws loss curves on a logarithmic axis, each the mean of its last few steps, and what they are at the place of the pointer, if there is one.
 * The axis has the usual losses, and more where a curve needs it.
 *
 * Takes size and colours from the canvas's style, and as many pixels as the screen has.
 */
export const drawChart = (
  canvas: HTMLCanvasElement,
  curves: readonly Curve[],
  steps: number,
  usual: readonly [low: number, high: number],
  pointer: number | undefined,
): Readout | undefined => {
  const { clientWidth: width, clientHeight: height } = canvas
  const context = canvas.getContext('2d')!
  fitScreen(canvas, context)
  const style = getComputedStyle(canvas)
  const colour = (name: string): string => style.getPropertyValue(name)
  context.font = `12px ${style.fontFamily}`
  const lines = curves.map((curve) => ({ ...curve, points: smoothed(curve.losses) }))
  const frame = { left: 36, right: width - 6, top: 8, bottom: height - 26 }
  const axes = {
    x: linearAxis([0, steps], [frame.left, frame.right], frame.right - frame.left < 480 ? 4 : 8),
    y: logAxis(rangeOf(lines, usual), [frame.bottom, frame.top], 8, { clamped: true }),
  }
  drawGrid(context, axes, frame, colour('--hairline'), colour('--muted'))
  for (const { points, colour: name } of lines) strokeCurve(context, points, axes, colour(name))
  const last = Math.max(0, ...lines.map(({ points }) => points.length))
  if (pointer === undefined || last === 0) {
    for (const { points, colour: name } of lines) dotAt(context, points.at(-1), axes, colour(name))
    return undefined
  }
  const step = Math.min(last, Math.max(1, Math.round(axes.x.valueAt(pointer))))
  context.fillStyle = colour('--muted')
  context.fillRect(Math.round(axes.x.place(step)), frame.top, 1, frame.bottom - frame.top)
  for (const { points, colour: name } of lines) dotAt(context, points[step - 1], axes, colour(name))
  return { step, losses: lines.map(({ points }) => points[step - 1]?.[1]) }
}

type Point = readonly [x: number, y: number]

interface Frame {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

interface Axes {
  readonly x: Axis
  readonly y: Axis
}

/** Gives the canvas a clean sheet with one dot for each of the screen's, measured in CSS pixels all the same. */
const fitScreen = (canvas: HTMLCanvasElement, context: CanvasRenderingContext2D): void => {
  const density = window.devicePixelRatio
  const [width, height] = [canvas.clientWidth, canvas.clientHeight].map((size) => Math.round(size * density)) as Pair
  // Setting a size clears the canvas, even the same one, but also makes it anew.
  if (canvas.width !== width) canvas.width = width
  if (canvas.height !== height) canvas.height = height
  context.setTransform(density, 0, 0, density, 0, 0)
  context.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight)
}

type Pair = [number, number]

// Axes

/** The usual losses; wider, by powers of 2, where a curve needs it, up to a limit. */
const rangeOf = (
  lines: readonly { readonly points: readonly Point[] }[],
  [usualLow, usualHigh]: readonly [number, number],
): readonly [number, number] => {
  const losses = lines.flatMap(({ points }) => points.map(([, loss]) => loss)).filter(hasPlace)
  const low = losses.reduce((least, loss) => Math.min(least, loss), usualLow)
  const high = losses.reduce((most, loss) => Math.max(most, loss), usualHigh)
  return [
    low === usualLow ? low : 2 ** Math.floor(Math.log2(low)),
    high === usualHigh ? high : Math.min(2 ** Math.ceil(Math.log2(high)), highest),
  ]
}

/** A training that gets worse than this has diverged: its curve goes on along the top. */
const highest = 64

const drawGrid = (
  context: CanvasRenderingContext2D,
  { x, y }: Axes,
  { left, right, bottom }: Frame,
  line: string,
  text: string,
): void => {
  context.fillStyle = line
  for (const tick of y.ticks) context.fillRect(left, Math.round(y.place(tick)), right - left, 1)
  context.fillStyle = text
  context.textBaseline = 'middle'
  context.textAlign = 'right'
  for (const tick of y.ticks) context.fillText(tickText(tick), left - 8, Math.round(y.place(tick)) + 1)
  context.textBaseline = 'alphabetic'
  context.textAlign = 'center'
  const last = `${tickText(x.ticks.at(-1)!)} steps`
  const room = right - context.measureText(last).width - 8
  for (const tick of x.ticks.slice(0, -1)) {
    const text = tickText(tick)
    if (x.place(tick) + context.measureText(text).width / 2 < room) context.fillText(text, x.place(tick), bottom + 20)
  }
  context.textAlign = 'right'
  context.fillText(last, right, bottom + 20)
}

// Curves

/** On a logarithmic axis. */
const hasPlace = (loss: number): boolean => loss > 0 && loss < Number.POSITIVE_INFINITY

/** One path, lifted wherever a point has no place: a training that diverges ends in NaN. */
const strokeCurve = (
  context: CanvasRenderingContext2D,
  points: readonly Point[],
  { x, y }: Axes,
  colour: string,
): void => {
  context.beginPath()
  line<Point>(
    ([step]) => x.place(step),
    ([, loss]) => y.place(loss),
  )
    .defined(([, loss]) => hasPlace(loss))
    .context(context)(points as Point[])
  context.lineWidth = 2
  context.lineJoin = 'round'
  context.strokeStyle = colour
  context.stroke()
}

const dotAt = (context: CanvasRenderingContext2D, point: Point | undefined, { x, y }: Axes, colour: string): void => {
  const [step, loss] = point ?? [0, Number.NaN]
  if (!hasPlace(loss)) return
  context.beginPath()
  context.arc(x.place(step), y.place(loss), 4, 0, 2 * Math.PI)
  context.fillStyle = colour
  context.fill()
}
