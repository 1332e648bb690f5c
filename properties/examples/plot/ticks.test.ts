import { describe, expect, test } from 'vitest'
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
