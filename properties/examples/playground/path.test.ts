import { describe, expect, test } from 'vitest'
import { readChain } from '../../../examples/playground/chain/read.ts'
import { contoursOf } from '../../../examples/playground/path/contours.ts'
import { type Landscape, landscapes, type Point } from '../../../examples/playground/path/landscapes.ts'
import { walk } from '../../../examples/playground/path/walk.ts'
import { adamw, float64, polyakSgd } from '../../../lib/core.ts'

const all = Object.entries(landscapes) as unknown as readonly (readonly [string, Landscape])[]

/** Points all over what is shown of a landscape. */
const pointsOf = ({ x, y }: Landscape): Point[] =>
  Array.from(
    { length: 25 },
    (_, i): Point => [
      x[0] + (x[1] - x[0]) * (0.1 + 0.2 * (i % 5)),
      y[0] + (y[1] - y[0]) * (0.1 + 0.2 * Math.floor(i / 5)),
    ],
  )

describe.each(all)('the landscape %s', (_, land) => {
  test('has the gradient of its value', () => {
    for (const at of pointsOf(land)) {
      const slope = (dx: number, dy: number): number =>
        (land.value([at[0] + dx, at[1] + dy]) - land.value([at[0] - dx, at[1] - dy])) / 2e-5
      const [gx, gy] = land.gradient(at)
      const size = 1e-5 * (1 + Math.abs(gx) + Math.abs(gy))
      expect(Math.abs(gx - slope(1e-5, 0))).toBeLessThan(size)
      expect(Math.abs(gy - slope(0, 1e-5))).toBeLessThan(size)
    }
  })

  test('is least where it says so, and starts in sight', () => {
    if (land.least) {
      expect(Math.hypot(...land.gradient(land.least))).toBeLessThan(1e-12)
      for (const at of pointsOf(land)) expect(land.value(at)).toBeGreaterThanOrEqual(land.value(land.least))
    }
    expect(land.start[0] > land.x[0] && land.start[0] < land.x[1]).toBe(true)
    expect(land.start[1] > land.y[0] && land.start[1] < land.y[1]).toBe(true)
  })

  test('has contours where its value is that of their level', () => {
    const lines = contoursOf(land)
    expect(lines.length).toBe(16)
    const far = lines.flatMap(({ level, segments }) =>
      Array.from({ length: segments.length / 2 }, (_, i): Point => [segments[2 * i]!, segments[2 * i + 1]!]).filter(
        (at) => {
          const [gx, gy] = land.gradient(at)
          // As far off as a straight line between two places of the grid may be.
          const [dx, dy] = [(land.x[1] - land.x[0]) / 128, (land.y[1] - land.y[0]) / 96]
          const bend = 40 * (dx * dx + dy * dy) * (1 + Math.abs(gx) + Math.abs(gy))
          return !(Math.abs(land.value(at) - level) < Math.abs(gx) * dx + Math.abs(gy) * dy + bend)
        },
      ),
    )
    expect(far).toEqual([])
    expect(lines.every(({ segments }) => segments.length % 4 === 0)).toBe(true)
  })
})

describe('walk', () => {
  test('is what float64 does, to the bit', () => {
    const tx = adamw(0.1, { predictSteps: 2 })
    const land = landscapes.beale
    const made = walk(tx as never, land, [0.5, -1.5], 30)
    const reader = float64(tx as never)
    let at: Point = [0.5, -1.5]
    let place = at
    let state = reader.init(at)
    for (let step = 0; step < 30; step++) {
      expect([...made.path.slice(2 * step, 2 * step + 2)]).toEqual(at)
      expect([...made.asked.slice(2 * step, 2 * step + 2)]).toEqual(place)
      const next = reader.step(land.gradient(place), state, at)
      at = next.params as unknown as Point
      place = next.ahead as unknown as Point
      state = next.state
    }
    expect([...made.path.slice(60)]).toEqual(at)
    expect([...made.asked.slice(60)]).toEqual(place)
    expect(made.names).toEqual(['[0].count', '[0].mu[0]', '[0].mu[1]', '[0].nu[0]', '[0].nu[1]', '[1].count'])
    const { mu } = (state as readonly { readonly mu: number[] }[])[0]!
    expect([...made.states.slice(30 * 6 + 1, 30 * 6 + 3)]).toEqual(mu)
  })

  test('gives the loss, a line to search and the curvature to who asks for them', () => {
    expect(walk(polyakSgd() as never, landscapes.valley, [-9, 1.9], 20).error).toBeUndefined()
    for (const text of ['lbfgs()', 'sophia(0.1)', 'momo()']) {
      const made = walk(readChain(text).tx!, landscapes.valley, [-9, 1.9], 20)
      expect([text, made.error]).toEqual([text, undefined])
      expect(made.values.at(-1)).toBeLessThan(made.values[0]!)
    }
  })

  test('sees the same noise with every chain, and none of it in the values', () => {
    const { noisy: noise, gradient, value } = landscapes.noisy
    const noisy = noise as NonNullable<typeof noise>
    const at: Point = [1, 1]
    expect(noisy(at, 3)).toEqual(noisy(at, 3))
    expect(noisy(at, 3)).not.toEqual(noisy(at, 4))
    const draws = Array.from({ length: 4000 }, (_, step) =>
      noisy(at, step).map((g, i) => (g - gradient(at)[i]!) / 2),
    ).flat()
    const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length
    const spread = draws.reduce((sum, x) => sum + x * x, 0) / draws.length
    expect(Math.abs(mean)).toBeLessThan(0.04)
    expect(Math.abs(spread - 1)).toBeLessThan(0.06)
    expect(value(at)).toBe(2.5)
  })

  test('ends where it leaves the numbers, and says so', () => {
    const made = walk(readChain('scale(1)').tx!, landscapes.rosenbrock, [-1.2, 1], 100)
    expect(made.error).toMatch(/^Left the numbers in step \d+\.$/)
    expect(made.path.length).toBeLessThan(40)
  })
})
