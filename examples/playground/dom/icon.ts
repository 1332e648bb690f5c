import { svg } from './element.ts'

/** Strokes on a field of 16 × 16. */
const strokes = {
  up: 'M8 13V3M3.5 7.5 8 3l4.5 4.5',
  down: 'M8 3v10M3.5 8.5 8 13l4.5-4.5',
  remove: 'M4 4l8 8M12 4l-8 8',
  add: 'M8 3v10M3 8h10',
  less: 'M3 8h10',
  grip: 'M6 3.5v.01M10 3.5v.01M6 8v.01M10 8v.01M6 12.5v.01M10 12.5v.01',
  chevron: 'M6 3.5 10.5 8 6 12.5',
  play: 'M5 3.5v9l7-4.5z',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  first: 'M12 3.5 7 8l5 4.5M4.5 3.5v9',
  last: 'M4 3.5 9 8l-5 4.5M11.5 3.5v9',
  right: 'M3 8.5 6.5 12 13 4',
} as const

export type IconName = keyof typeof strokes

/** A sign that needs no font. What it means stands in the label of what it is in. */
export const icon = (name: IconName): SVGSVGElement =>
  svg(
    'svg',
    { viewBox: '0 0 16 16', class: `icon icon-${name}`, 'aria-hidden': 'true', focusable: 'false' },
    svg('path', { d: strokes[name] }),
  )
