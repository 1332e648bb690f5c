import { scaleLinear, scaleLog } from 'd3-scale'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { linearAxis, logAxis } from '../../../examples/plot/axes.ts'
import { linearTicks, logTicks, tickText } from '../../../examples/plot/ticks.ts'

describe('ticks', () => {
  test('linear ticks are round numbers within the range', () => {
    expect(linearTicks(1, 1000, 6)).toEqual([200, 400, 600, 800, 1000])
    expect(linearTicks(-0.1, 0.3, 4)).toEqual([-0.1, 0, 0.1, 0.2, 0.3])
    expect(linearTicks(0.0011, 0.0029, 4)).toEqual([0.0015, 0.002, 0.0025])
  })

  test('logarithmic ticks are 1, 2 and 5 times the powers of ten', () => {
    expect(logTicks(0.04, 2.4, 8)).toEqual([0.05, 0.1, 0.2, 0.5, 1, 2])
  })

  test('logarithmic ticks over many decades are the powers alone', () => {
    expect(logTicks(1e-6, 1, 8)).toEqual([1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1])
  })

  test('a narrow logarithmic range still gets ticks', () => {
    expect(logTicks(2.1, 2.4, 6).length).toBeGreaterThanOrEqual(3)
  })

  test('the text of a tick is short and exact', () => {
    expect([0, 0.05, 1000, -0.3, 1e-6, 2e7].map(tickText)).toEqual(['0', '0.05', '1,000', '-0.3', '1e-6', '2e+7'])
  })
})

describe('an axis', () => {
  const range = fc.tuple(
    fc.integer({ min: -300, max: 300 }),
    fc.integer({ min: 1, max: 300 }),
    fc.integer({ min: -4, max: 4 }),
  )
  const counts = fc.integer({ min: 2, max: 12 })

  test('has the ticks and places of d3', () => {
    fc.assert(
      fc.property(range, counts, fc.double({ min: -1, max: 2, noNaN: true }), ([low, wide, power], count, part) => {
        const domain = [low * 10 ** power, (low + wide) * 10 ** power] as const
        const [axis, scale] = [linearAxis(domain, [40, 700], count), scaleLinear(domain, [40, 700])]
        expect(axis.ticks).toEqual(scale.ticks(count))
        const value = domain[0] + part * (domain[1] - domain[0])
        expect(axis.place(value)).toBeCloseTo(scale(value), 6)
        expect(axis.valueAt(axis.place(value))).toBeCloseTo(value, 6)
      }),
      { numRuns: 500, seed: 1 },
    )
  })

  test('by logarithms too, what is beyond its ends at them where it is clamped', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-3, max: 10, noNaN: true }),
        fc.double({ min: 0.01, max: 8, noNaN: true }),
        (low, wide) => {
          const domain = [low, low * 2 ** wide] as const
          const [axis, scale] = [
            logAxis(domain, [300, 20], 8, { clamped: true }),
            scaleLog(domain, [300, 20]).clamp(true),
          ]
          for (const value of [low / 2, low, low * 2 ** (wide / 3), domain[1], 2 * domain[1]])
            expect(axis.place(value)).toBeCloseTo(scale(value), 6)
          expect(axis.valueAt(160)).toBeCloseTo(scale.invert(160), 6)
        },
      ),
      { numRuns: 200, seed: 1 },
    )
    expect(logAxis([1, 100], [0, 1], 8).place(1000)).toBeCloseTo(1.5, 12)
  })
})
