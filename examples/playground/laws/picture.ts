/** The numbers of a counterexample as a picture: bars on a logarithmic scale, upwards where they are positive. */
import { h, svg } from '../dom/element.ts'
import type { StepNumbers } from './check.ts'

/** More numbers than these are told as text alone. */
const mostNumbers = 16
const mostSteps = 8

const bar = { width: 7, gap: 2, group: 12 }
const half = 34
const left = 56

/** Of a finite number a height from −1 to 1: its digits before and behind the point count alike. */
const heights = (all: readonly number[]): ((x: number) => number) => {
  const sizes = all.filter((x) => Number.isFinite(x) && x !== 0).map(Math.abs)
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)]
  if (sizes.length === 0) return (x) => (Number.isNaN(x) ? 0 : Math.sign(x))
  const floor = Math.log10(Math.max(least, most * 1e-12)) - 0.5
  const span = Math.log10(most) - floor || 1
  return (x) => {
    if (Number.isNaN(x) || x === 0) return 0
    if (!Number.isFinite(x)) return Math.sign(x)
    return Math.sign(x) * Math.max(0.04, (Math.log10(Math.abs(x)) - floor) / span)
  }
}

const sign = (x: number, at: number, middle: number): SVGElement | undefined =>
  Number.isFinite(x)
    ? undefined
    : svg('text', { x: at, y: middle - half + 8, class: 'picture-sign' }, Number.isNaN(x) ? 'NaN' : x > 0 ? '∞' : '−∞')

const barFor = (x: number, at: number, middle: number, height: (x: number) => number, kind: string): SVGElement => {
  const size = height(x) * (half - 6)
  return svg('rect', {
    x: at,
    y: size >= 0 ? middle - size : middle,
    width: bar.width,
    height: Math.max(0.75, Math.abs(size)),
    class: kind,
  })
}

const kinds = [
  ['grads', 'picture-given'],
  ['updates', 'picture-made'],
  ['expected', 'picture-meant'],
] as const

/** A picture of the steps; nothing where there are too many numbers to see. */
export const pictureOf = (
  steps: readonly StepNumbers[],
  words: { made: string; meant: string },
): HTMLElement | undefined => {
  const count = Math.max(0, ...steps.map(({ grads }) => grads.length))
  if (count === 0 || count > mostNumbers || steps.length === 0) return undefined
  const shown = steps.slice(-mostSteps)
  const height = heights(shown.flatMap(({ grads, updates, expected = [] }) => [...grads, ...updates, ...expected]))
  const hasMeant = shown.some(({ expected }) => expected)
  const group = kinds.length * (bar.width + bar.gap) + bar.group
  const [width, tall] = [left + count * group, shown.length * 2 * half + 4]
  const rows = shown.flatMap((step, t) => {
    const middle = half * (2 * t + 1)
    const name = `step ${steps.length - shown.length + t + 1}`
    return [
      svg('text', { x: 0, y: middle + 4, class: 'picture-step' }, name),
      svg('line', { x1: left - 6, x2: width, y1: middle, y2: middle, class: 'picture-zero' }),
      ...kinds.flatMap(([key, kind], k) =>
        (step[key] ?? []).flatMap((x, i) => {
          const at = left + i * group + k * (bar.width + bar.gap)
          return [barFor(x, at, middle, height, kind), sign(x, at, middle)]
        }),
      ),
    ]
  })
  return h(
    'figure',
    { class: 'picture' },
    h(
      'figcaption',
      { class: 'fact' },
      h('span', { class: 'key picture-given' }),
      ' gradient ',
      h('span', { class: 'key picture-made' }),
      ` ${words.made} `,
      ...(hasMeant ? [h('span', { class: 'key picture-meant' }), ` ${words.meant} `] : []),
      '(logarithmic; up is positive)',
    ),
    h(
      'div',
      { class: 'wide', tabindex: 0, role: 'region', 'aria-label': 'Picture of the counterexample' },
      svg(
        'svg',
        {
          viewBox: `0 0 ${width} ${tall}`,
          width,
          height: tall,
          role: 'img',
          'aria-label': 'The numbers below, as bars',
        },
        ...rows,
      ),
    ),
  )
}

/** A loss step after step, on a logarithmic scale, as a line between its least and its greatest value. */
export const descentPicture = (losses: readonly number[]): HTMLElement => {
  const [width, tall, from, top, bottom] = [420, 150, 76, 8, 124]
  const steps = losses.length - 1
  const shown = losses.filter((loss) => Number.isFinite(loss) && loss > 0)
  const [least, most] = [Math.min(...shown), Math.max(...shown)]
  const heightOf = (loss: number): number =>
    bottom - (Math.log(loss / least) / (Math.log(most / least) || 1)) * (bottom - top)
  const place = (loss: number, t: number): string =>
    `${(from + (t / steps) * (width - from - 4)).toFixed(1)} ${heightOf(loss).toFixed(1)}`
  const points = losses.flatMap((loss, t) => (Number.isFinite(loss) && loss > 0 ? [place(loss, t)] : []))
  return h(
    'figure',
    { class: 'picture' },
    h('figcaption', { class: 'fact' }, 'The loss ½|w|², step after step (logarithmic)'),
    svg(
      'svg',
      { viewBox: `0 0 ${width} ${tall}`, width, height: tall, role: 'img', 'aria-label': 'The loss, step after step' },
      ...[...new Set([most, least])].flatMap((value) => [
        svg('line', { x1: from, x2: width, y1: heightOf(value), y2: heightOf(value), class: 'picture-zero' }),
        svg(
          'text',
          { x: from - 8, y: heightOf(value) + 4, 'text-anchor': 'end' },
          String(Number(value.toPrecision(4))),
        ),
      ]),
      svg('text', { x: from, y: tall - 6 }, 'step 0'),
      svg('text', { x: width, y: tall - 6, 'text-anchor': 'end' }, `step ${steps}`),
      svg('path', { d: `M${points.join('L')}`, class: 'picture-line' }),
    ),
  )
}

const numbers = (xs: readonly number[]): string => xs.map((x) => (Object.is(x, -0) ? '-0' : String(x))).join('  ')

/** The same as text. */
export const numbersText = (steps: readonly StepNumbers[], words: { made: string; meant: string }): string =>
  steps
    .flatMap(({ grads, updates, expected }, t) => [
      `step ${t + 1}`,
      `  gradient  ${numbers(grads)}`,
      `  ${words.made}  ${numbers(updates)}`,
      ...(expected ? [`  ${words.meant}  ${numbers(expected)}`] : []),
    ])
    .join('\n')
