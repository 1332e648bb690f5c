import { describe, expect, test } from 'vitest'
import {
  constantSchedule,
  cosineDecaySchedule,
  exponentialDecay,
  ForegradError,
  joinSchedules,
  linearSchedule,
  polynomialSchedule,
  type Schedule,
  warmupCosineDecaySchedule,
} from '../../../lib/index.ts'

const line = linearSchedule({ initValue: 1, endValue: 0, transitionSteps: 4 })

describe('a schedule at the counts 0, 1, 2, 4, 8', () => {
  test.each<[string, Schedule, number[]]>([
    ['constantSchedule', constantSchedule(0.5), [0.5, 0.5, 0.5, 0.5, 0.5]],
    ['linearSchedule', line, [1, 0.75, 0.5, 0, 0]],
    [
      'linearSchedule that begins later',
      linearSchedule({ initValue: 1, endValue: 0, transitionSteps: 4, transitionBegin: 2 }),
      [1, 1, 1, 0.5, 0],
    ],
    ['linearSchedule of no steps', linearSchedule({ initValue: 1, endValue: 0, transitionSteps: 0 }), [1, 1, 1, 1, 1]],
    [
      'polynomialSchedule',
      polynomialSchedule({ initValue: 1, endValue: 0, power: 2, transitionSteps: 4 }),
      [1, 0.5625, 0.25, 0, 0],
    ],
    [
      'cosineDecaySchedule',
      cosineDecaySchedule({ initValue: 1, decaySteps: 4, alpha: 0.1 }),
      [1, 0.1 + 0.9 * 0.5 * (1 + Math.SQRT1_2), 0.55, 0.1, 0.1],
    ],
    [
      'exponentialDecay',
      exponentialDecay({ initValue: 1, transitionSteps: 2, decayRate: 0.25 }),
      [1, 0.5, 0.25, 1 / 16, 1 / 256],
    ],
    [
      'exponentialDecay by stairs, down to a floor',
      exponentialDecay({ initValue: 1, transitionSteps: 2, decayRate: 0.25, staircase: true, endValue: 0.1 }),
      [1, 1, 0.25, 0.1, 0.1],
    ],
    ['joinSchedules', joinSchedules([line, constantSchedule(7), line], [2, 4]), [1, 0.75, 7, 1, 0]],
    [
      'warmupCosineDecaySchedule',
      warmupCosineDecaySchedule({ initValue: 0, peakValue: 1, warmupSteps: 4, decaySteps: 12, endValue: 0.5 }),
      [0, 0.25, 0.5, 1, 0.75],
    ],
  ])('%s', (_, schedule, expected) => {
    const found = [0, 1, 2, 4, 8].map(schedule)
    found.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 6)
    })
  })
})

describe('a schedule that cannot be', () => {
  test.each<[string, () => unknown]>([
    ['a value that is no number', () => constantSchedule(Number.NaN)],
    ['an option that must be given', () => linearSchedule({ initValue: 1 } as never)],
    ['an unknown option', () => exponentialDecay({ initValue: 1, transitionSteps: 1, decayRate: 1, rate: 2 } as never)],
    [
      'a warm-up longer than the whole',
      () => warmupCosineDecaySchedule({ initValue: 0, peakValue: 1, warmupSteps: 5, decaySteps: 5 }),
    ],
    ['boundaries that do not fit', () => joinSchedules([line, line], [])],
    ['boundaries that fall', () => joinSchedules([line, line, line], [4, 2])],
    ['a number for a schedule', () => joinSchedules([line, 3 as never], [2])],
    ['no boundaries', () => joinSchedules([line, line], undefined as never)],
    ['one schedule for a list of them', () => joinSchedules(line as never, [])],
  ])('with %s is refused', (_, make) => {
    expect(make).toThrow(ForegradError)
  })
})
