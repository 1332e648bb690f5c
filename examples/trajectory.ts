/**
 * Draws a trajectory with its predicted points: momentum in a narrow valley, plain and with the gradient taken ahead.
 *
 *     npx tsx examples/trajectory.ts [--output docs/trajectory.svg]
 *
 * Everything is computed by the float64 reader: no backend, no tfjs.
 */
import { writeFileSync } from 'node:fs'
import { type Float64Reader, float64, sgd } from '../lib/index.ts'
import { flagsOf, pathEnding } from './flags.ts'

const about = 'Draws momentum in a narrow valley, plain and with the gradient taken two steps ahead.'
const table = { output: { help: 'where the picture is written', ...pathEnding('.svg', 'docs/trajectory.svg') } }
const { output: file } = flagsOf({ name: 'examples/trajectory.ts', about, table })

type Point = readonly [number, number]

/** The valley: ½(x² + 12·y²). */
const gradient = ([x, y]: Point): Point => [x, 12 * y]

interface Walk {
  /** The weights after every step, the start first. */
  readonly path: readonly Point[]
  /** Where the gradient of each step was taken. */
  readonly asked: readonly Point[]
}

const start: Point = [-9, 1.9]

const walk = (optimizer: Float64Reader, steps: number): Walk => {
  const path: Point[] = [start]
  const asked: Point[] = []
  let state = optimizer.init(start)
  let ahead = start
  for (let i = 0; i < steps; i++) {
    const made = optimizer.step(gradient(ahead), state, path.at(-1) as Point)
    asked.push(ahead)
    path.push(made.params as unknown as Point)
    ahead = (made.ahead ?? made.params) as unknown as Point
    state = made.state
  }
  return { path, asked }
}

/** Narrow, and its letters large: it is read on a phone, too. */
const [width, height] = [560, 400]
/** Where the valley lies in it: what of it is seen, and where. */
const seen = { x: [-9.7, 4.7], y: [-2.1, 2.1], left: 0, top: 66, width, height: 296 } as const
const place = ([x, y]: Point): Point => [
  seen.left + ((x - seen.x[0]) / (seen.x[1] - seen.x[0])) * seen.width,
  seen.top + ((seen.y[1] - y) / (seen.y[1] - seen.y[0])) * seen.height,
]
const at = (p: Point): string =>
  place(p)
    .map((v) => v.toFixed(1))
    .join(' ')

const contour = (level: number): string => {
  const [x, y] = place([0, 0])
  const [right, top] = place([Math.sqrt(2 * level), Math.sqrt((2 * level) / 12)])
  return `<ellipse cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" rx="${(right - x).toFixed(1)}" ry="${(y - top).toFixed(1)}" fill="none" stroke="#d8dee4"/>`
}

const line = ({ path }: Walk, colour: string): string =>
  `<path d="M${path.map(at).join('L')}" fill="none" stroke="${colour}" stroke-width="2" stroke-linejoin="round"/>` +
  path.map((p) => `<circle cx="${at(p).replace(' ', '" cy="')}" r="3.2" fill="${colour}"/>`).join('')

/** Each predicted point, hollow, tied to the weights that it was predicted from. */
const predictions = ({ path, asked }: Walk, colour: string): string =>
  asked
    .map((p, i) => {
      const [x, y] = at(p).split(' ')
      const tie = `<path d="M${at(path[i] as Point)}L${at(p)}" stroke="${colour}" stroke-dasharray="3 3"/>`
      return `${tie}<circle cx="${x}" cy="${y}" r="4" fill="#fff" stroke="${colour}" stroke-width="1.5"/>`
    })
    .join('')

/** Marks and what they mean, in a row. */
const legend = (entries: readonly (readonly [mark: string, text: string, left: number])[]): string =>
  entries
    .map(([mark, text, left]) => `<g transform="translate(${left} 47)">${mark}<text x="11" y="5">${text}</text></g>`)
    .join('')

const blue = '#0072b2'
const orange = '#d55e00'

const picture = (
  plain: Walk,
  ahead: Walk,
): string => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}"
  width="${width}" height="${height}" font-family="system-ui, 'Segoe UI', Arial, sans-serif" font-size="16" fill="#24292f" role="img">
<rect width="${width}" height="${height}" fill="#ffffff"/>
<text y="20" font-size="19" font-weight="600">Momentum in a narrow valley</text>
${legend([
  [`<circle r="4.5" fill="${orange}"/>`, 'plain', 6],
  [`<circle r="4.5" fill="${blue}"/>`, 'looking two steps ahead', 86],
  [`<circle r="4" fill="#fff" stroke="${blue}" stroke-width="1.5"/>`, 'where its gradient is taken', 316],
])}
<clipPath id="seen"><rect x="${seen.left}" y="${seen.top}" width="${seen.width}" height="${seen.height}"/></clipPath>
<g clip-path="url(#seen)">
${[0.5, 2, 8, 18, 32, 50].map(contour).join('\n')}
${line(plain, orange)}
${predictions(ahead, blue)}
${line(ahead, blue)}
</g>
<text y="390" fill="#57606a">loss ½(x² + 12y²), sgd(0.05, momentum 0.9), 24 steps</text>
</svg>
`

const steps = 24
const plain = walk(float64(sgd(0.05, { momentum: 0.9 })), steps)
const ahead = walk(float64(sgd(0.05, { momentum: 0.9, predictSteps: 2 })), steps)
writeFileSync(file, picture(plain, ahead))

const loss = ([x, y]: Point): number => (x * x + 12 * y * y) / 2
const last = ({ path }: Walk): string => loss(path.at(-1) as Point).toFixed(4)
console.log(`loss after ${steps} steps: ${last(plain)} plain, ${last(ahead)} two steps ahead; picture: ${file}`)
