/** The picture of the walks: contours, trajectories, where each gradient was taken. */
import { type Contour, contoursOf } from './contours.ts'
import { type Landscape, type LandscapeName, landscapes, type Point } from './landscapes.ts'
import type { Walk } from './walk.ts'

export interface Picture {
  readonly land: LandscapeName
  readonly walks: readonly (Walk | undefined)[]
  /** The step that is looked at: what comes behind it is pale. */
  readonly step: number
  readonly at: number
}

/** From the landscape's numbers to CSS pixels, and back. */
export interface Frame {
  readonly place: (at: Point) => Point
  readonly at: (place: Point) => Point
}

export const frameOf = ({ x, y }: Landscape, width: number, height: number): Frame => ({
  place: ([u, v]) => [((u - x[0]) / (x[1] - x[0])) * width, height - ((v - y[0]) / (y[1] - y[0])) * height],
  at: ([px, py]) => [x[0] + (px / width) * (x[1] - x[0]), y[0] + ((height - py) / height) * (y[1] - y[0])],
})

const contours = new Map<LandscapeName, readonly Contour[]>()

const contoursFor = (name: LandscapeName): readonly Contour[] => {
  const known = contours.get(name) ?? contoursOf(landscapes[name])
  contours.set(name, known)
  return known
}

interface Ground {
  readonly key: string
  readonly canvas: HTMLCanvasElement
}

/** The contours, drawn once for a size and a colour. */
let ground: Ground | undefined

const groundFor = (name: LandscapeName, width: number, height: number, density: number, colour: string): Ground => {
  const key = [name, width, height, density, colour].join()
  if (ground?.key === key) return ground
  const canvas = document.createElement('canvas')
  canvas.width = Math.round(width * density)
  canvas.height = Math.round(height * density)
  const context = canvas.getContext('2d') as CanvasRenderingContext2D
  context.scale(density, density)
  const { place } = frameOf(landscapes[name], width, height)
  context.strokeStyle = colour
  context.lineWidth = 1
  context.beginPath()
  for (const { segments } of contoursFor(name))
    for (let i = 0; i + 3 < segments.length; i += 4) {
      context.moveTo(...place([segments[i] as number, segments[i + 1] as number]))
      context.lineTo(...place([segments[i + 2] as number, segments[i + 3] as number]))
    }
  context.stroke()
  ground = { key, canvas }
  return ground
}

const pointOf = (points: Float64Array, i: number): Point => [points[2 * i] as number, points[2 * i + 1] as number]

/** Far outside lines are cut: a canvas has no numbers for where a walk that diverged goes. */
const near = (x: number): number => Math.min(1e5, Math.max(-1e5, x))

interface Pen {
  readonly context: CanvasRenderingContext2D
  readonly place: (at: Point) => Point
  readonly colour: string
  readonly surface: string
}

const drawLine = ({ context, place }: Pen, points: Float64Array, from: number, to: number): void => {
  context.beginPath()
  for (let i = from; i <= to; i++) {
    const [x, y] = place(pointOf(points, i))
    context.lineTo(near(x), near(y))
  }
  context.stroke()
}

const drawDots = ({ context, place }: Pen, points: Float64Array, to: number, radius: number): void => {
  context.beginPath()
  for (let i = 0; i <= to; i++) {
    const [x, y] = place(pointOf(points, i))
    context.moveTo(near(x) + radius, near(y))
    context.arc(near(x), near(y), radius, 0, 2 * Math.PI)
  }
  context.fill()
}

/** Each place where a gradient was taken, hollow, tied to the weights that it was predicted from. */
const drawAsked = ({ context, place, surface }: Pen, { path, asked }: Walk, to: number): void => {
  context.lineWidth = 1
  context.setLineDash([3, 3])
  context.beginPath()
  for (let i = 0; i < to; i++) {
    context.moveTo(...(place(pointOf(path, i)).map(near) as [number, number]))
    context.lineTo(...(place(pointOf(asked, i)).map(near) as [number, number]))
  }
  context.stroke()
  context.setLineDash([])
  context.fillStyle = surface
  for (let i = 0; i < to; i++) {
    const [x, y] = place(pointOf(asked, i))
    context.beginPath()
    context.arc(near(x), near(y), 2.5, 0, 2 * Math.PI)
    context.fill()
    context.stroke()
  }
}

const drawWalk = (pen: Pen, walk: Walk, step: number, isChosen: boolean): void => {
  const { context, place, colour, surface } = pen
  const last = walk.path.length / 2 - 1
  const now = Math.min(step, last)
  context.strokeStyle = colour
  context.lineJoin = 'round'
  context.lineWidth = isChosen ? 2 : 1.5
  context.globalAlpha = 0.25
  drawLine(pen, walk.path, now, last)
  context.globalAlpha = 1
  drawLine(pen, walk.path, 0, now)
  context.fillStyle = colour
  drawDots(pen, walk.path, now, isChosen ? 2.5 : 2)
  if (walk.ahead) drawAsked(pen, walk, Math.min(now + 1, walk.asked.length / 2))
  const [x, y] = place(pointOf(walk.path, now)).map(near) as [number, number]
  context.beginPath()
  context.arc(x, y, 5.5, 0, 2 * Math.PI)
  context.fillStyle = colour
  context.strokeStyle = surface
  context.lineWidth = 2
  context.fill()
  context.stroke()
}

const drawLeast = ({ context, place, colour }: Pen, least: Point): void => {
  const [x, y] = place(least)
  context.strokeStyle = colour
  context.lineWidth = 2
  context.beginPath()
  context.moveTo(x - 5, y)
  context.lineTo(x + 5, y)
  context.moveTo(x, y - 5)
  context.lineTo(x, y + 5)
  context.stroke()
}

/** Draws a picture; sizes and colours are those of the canvas's style. */
export const draw = (canvas: HTMLCanvasElement, { land, walks, step, at }: Picture): void => {
  const context = canvas.getContext('2d') as CanvasRenderingContext2D
  const { clientWidth: width, clientHeight: height } = canvas
  if (width === 0 || height === 0) return
  const density = window.devicePixelRatio
  const [w, h] = [Math.round(width * density), Math.round(height * density)]
  if (canvas.width !== w) canvas.width = w
  if (canvas.height !== h) canvas.height = h
  const style = getComputedStyle(canvas)
  const colour = (name: string): string => style.getPropertyValue(name).trim()
  context.setTransform(1, 0, 0, 1, 0, 0)
  context.clearRect(0, 0, w, h)
  context.drawImage(groundFor(land, width, height, density, colour('--contour')).canvas, 0, 0)
  context.setTransform(density, 0, 0, density, 0, 0)
  const { place } = frameOf(landscapes[land], width, height)
  const pen = (name: string): Pen => ({ context, place, colour: colour(name), surface: colour('--surface') })
  const { least } = landscapes[land] as Landscape
  if (least) drawLeast(pen('--muted'), least)
  // The chosen one last, on top.
  const order = walks.map((_, i) => i).sort((a, b) => Number(a === at) - Number(b === at))
  for (const i of order) {
    const walk = walks[i]
    if (walk) drawWalk(pen(`--chain-${i}`), walk, step, i === at)
  }
}
