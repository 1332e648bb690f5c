import { describe, expect, test } from 'vitest'
import { type LineChart, lineChart, type Series } from '../../../examples/plot/lineChart.ts'

describe('lineChart', () => {
  test('gives well-formed XML', () => {
    expectWellFormed(lineChart(chart([{ name: 'one', points: falling }])))
  })

  test('escapes names and labels', () => {
    const svg = lineChart({ ...chart([{ name: '<a> & "b"', points: falling }]), title: 'x < y & z', note: '"quoted"' })
    expectWellFormed(svg)
    expect(svg).toContain('x &lt; y &amp; z')
  })

  test('draws one path for each series and names it in the legend', () => {
    const svg = lineChart(chart(['plain', 'ahead', 'third'].map((name) => ({ name, points: falling }))))
    expect(curves(svg).length).toBe(3)
    for (const name of ['plain', 'ahead', 'third']) expect(svg).toContain(`>${name}</text>`)
  })

  test('keeps every point inside the frame', () => {
    for (const yScale of ['linear', 'log'] as const) {
      const [path] = curves(
        lineChart({ ...chart([{ name: 'one', points: falling }]), yScale, width: 800, height: 460 }),
      )
      for (const [x, y] of coordinates(path!)) {
        expect(x).toBeGreaterThanOrEqual(68)
        expect(x).toBeLessThanOrEqual(776)
        expect(y).toBeGreaterThanOrEqual(64)
        expect(y).toBeLessThanOrEqual(408)
      }
    }
  })

  test('draws a falling series downwards', () => {
    const points = coordinates(curves(lineChart(chart([{ name: 'one', points: falling }])))[0]!)
    points.slice(1).forEach(([, y], i) => {
      expect(y).toBeGreaterThan(points[i]![1])
    })
  })

  test('interrupts a line where a loss is not finite', () => {
    const points = [1, 2, Number.NaN, 4, Number.POSITIVE_INFINITY, 6, 7].map((y, x) => [x, y] as const)
    const svg = lineChart(chart([{ name: 'diverged', points }]))
    expectWellFormed(svg)
    expect(svg).not.toMatch(/NaN|Infinity/)
    expect(curves(svg)[0]!.match(/M/g)?.length).toBe(3)
  })

  test('cuts lines off above the greatest y that has a place, and shows the rest at full height', () => {
    const cut = curves(lineChart({ ...chart([{ name: 'one', points: falling }]), yMost: 0.5 }))[0]!
    const ys = coordinates(cut).map(([, y]) => y)
    expect(Math.min(...ys)).toBeLessThan(0)
    const shown = falling.findIndex(([, y]) => y <= 0.5)
    expect(ys[shown]).toBeGreaterThanOrEqual(64)
    expect(ys[shown]!).toBeLessThan(64 + 40)
    const svg = lineChart({ ...chart([{ name: 'one', points: falling }]), yMost: 0.5 })
    expectWellFormed(svg)
    // What is cut off stands in an svg of its own, of the frame's size and a little air.
    expect(svg).toContain('<svg x="64" y="60" width="716" height="352" viewBox="64 60 716 352">')
  })

  test('puts the ticks of a logarithmic x axis where they are asked for, evenly where each is twice the last', () => {
    const points = [0.01, 0.02, 0.04].map((x) => [x, 1 / x] as const)
    const svg = lineChart({
      ...chart([{ name: 'one', points }]),
      xScale: 'log',
      xTicks: [0.01, 0.02, 0.04],
      dots: true,
    })
    expectWellFormed(svg)
    for (const tick of ['0.01', '0.02', '0.04']) expect(svg).toContain(`text-anchor="middle">${tick}</text>`)
    const [a, b, c] = coordinates(curves(svg)[0]!).map(([x]) => x)
    expect(c! - b!).toBeCloseTo(b! - a!, 1)
    const dots = [...svg.matchAll(/<circle cx="([\d.]+)"/g)].map((match) => Number(match[1]))
    expect(dots).toEqual([a, b, c])
  })

  test('leaves out what a logarithmic axis cannot show', () => {
    const svg = lineChart({
      ...chart([
        {
          name: 'one',
          points: [
            [0, 1],
            [1, 0],
            [2, -1],
            [3, 2],
          ],
        },
      ]),
      yScale: 'log',
    })
    expect(svg).not.toMatch(/NaN|Infinity/)
    expect(coordinates(curves(svg)[0]!).length).toBe(2)
  })

  test('draws an empty chart, a single point and a level line', () => {
    for (const points of [
      [],
      [[3, 2]],
      [
        [1, 0],
        [2, 0],
      ],
    ] as const satisfies Series['points'][]) {
      for (const yScale of ['linear', 'log'] as const) {
        const svg = lineChart({ ...chart([{ name: 'one', points }]), yScale })
        expectWellFormed(svg)
        expect(svg).not.toMatch(/NaN|Infinity|undefined/)
      }
    }
  })
})

const falling: Series['points'] = Array.from({ length: 50 }, (_, i) => [i + 1, 2.3 * 0.9 ** i])

const chart = (series: readonly Series[]): LineChart => ({ title: 'Loss', xLabel: 'step', yLabel: 'nats', series })

const curves = (svg: string): readonly string[] =>
  [...svg.matchAll(/<path d="([^"]*)"[^>]*stroke-linejoin/g)].map((match) => match[1]!)

const coordinates = (path: string): readonly (readonly [number, number])[] =>
  [...path.matchAll(/[ML](-?[\d.]+),(-?[\d.]+)/g)].map((match) => [Number(match[1]), Number(match[2])])

/** Every tag closes what was opened last, attributes are quoted, and no bare & or < stands in the text. */
const expectWellFormed = (svg: string): void => {
  const open: string[] = []
  const rest = svg.replaceAll(
    /<(\/?)([a-z]+)((?:\s+[\w:-]+="[^"<>]*")*)\s*(\/?)>/g,
    (_, closing, name, _attributes, own) => {
      if (closing === '/') expect(open.pop()).toBe(name)
      else if (own !== '/') open.push(name)
      return ''
    },
  )
  expect(open).toEqual([])
  expect(rest).not.toMatch(/[<>]|&(?!(amp|lt|gt|quot);)/)
  expect(svg.startsWith('<svg xmlns="http://www.w3.org/2000/svg"')).toBe(true)
}

test.each([
  ['left', 82],
  ['right', 800 - 24 - 7.2 - 44],
] as const)('puts the names on the %s', (legend, at) => {
  const svg = lineChart({ title: '', xLabel: '', yLabel: '', legend, series: [{ name: 'a', points: [[1, 1]] }] })
  expect(svg).toContain(`<line x1="${Number(at.toFixed(2))}" y1="78"`)
})
