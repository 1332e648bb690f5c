import { describe, expect, test } from 'vitest'
import {
  constantSchedule,
  cosineDecaySchedule,
  cosineOnecycleSchedule,
  exponentialDecay,
  ForegradError,
  joinSchedules,
  linearOnecycleSchedule,
  linearSchedule,
  piecewiseConstantSchedule,
  piecewiseInterpolateSchedule,
  polynomialSchedule,
  type Schedule,
  sgdrSchedule,
  warmupConstantSchedule,
  warmupCosineDecaySchedule,
  warmupExponentialDecaySchedule,
  wsdSchedule,
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
    [
      'polynomialSchedule of negative steps',
      polynomialSchedule({ initValue: 3, endValue: 0, power: 2, transitionSteps: -1, transitionBegin: -5 }),
      [3, 3, 3, 3, 3],
    ],
    [
      'piecewiseConstantSchedule, its boundaries in any order',
      piecewiseConstantSchedule({ initValue: 1, boundariesAndScales: { 4: 3, 1: 0.5 } }),
      [1, 0.5, 0.5, 1.5, 1.5],
    ],
    [
      'piecewiseInterpolateSchedule',
      piecewiseInterpolateSchedule({
        interpolateType: 'linear',
        initValue: 1,
        boundariesAndScales: { 2: 0.5, 6: 4 },
      }),
      [1, 0.75, 0.5, 1.25, 2],
    ],
    [
      'piecewiseInterpolateSchedule with a jump at 0',
      piecewiseInterpolateSchedule({
        interpolateType: 'cosine',
        initValue: 1,
        boundariesAndScales: { 0: 0.5, 4: 3 },
      }),
      [0.5, 1.5 - 0.5 * (1 + Math.SQRT1_2), 1, 1.5, 1.5],
    ],
    [
      'linearOnecycleSchedule',
      linearOnecycleSchedule({ transitionSteps: 8, peakValue: 1, pctStart: 0.25, pctFinal: 0.5, divFactor: 2 }),
      [0.5, 0.75, 1, 0.5, 0.5e-4],
    ],
    [
      'cosineOnecycleSchedule',
      cosineOnecycleSchedule({ transitionSteps: 6, peakValue: 1, pctStart: 0.34, divFactor: 2, finalDivFactor: 2 }),
      [0.5, 0.75, 1, 0.625, 0.25],
    ],
    [
      'warmupConstantSchedule',
      warmupConstantSchedule({ initValue: 0, peakValue: 1, warmupSteps: 4 }),
      [0, 0.25, 0.5, 1, 1],
    ],
    [
      'warmupExponentialDecaySchedule',
      warmupExponentialDecaySchedule({
        initValue: 0,
        peakValue: 1,
        warmupSteps: 2,
        transitionSteps: 2,
        decayRate: 0.25,
      }),
      [0, 0.5, 1, 0.25, 1 / 64],
    ],
    [
      'sgdrSchedule',
      sgdrSchedule([
        { initValue: 0, peakValue: 1, warmupSteps: 1, decaySteps: 3 },
        { initValue: 0, peakValue: 2, warmupSteps: 1, decaySteps: 9, endValue: 1 },
      ]),
      [0, 1, 0.5, 2, 1.5],
    ],
    [
      'wsdSchedule',
      wsdSchedule({ peakValue: 1, warmupSteps: 2, stableSteps: 1, decaySteps: 4, initValue: 0.5 }),
      [0.5, 0.75, 1, 0.75, 0],
    ],
    [
      'wsdSchedule that falls by one minus a square root',
      wsdSchedule({ peakValue: 1, warmupSteps: 0, stableSteps: 1, decaySteps: 4, endValue: 0.5, decay: '1-sqrt' }),
      [1, 1, 0.75, 1 - 0.5 * Math.sqrt(0.75), 0.5],
    ],
    [
      'wsdSchedule without a decay falls at once',
      wsdSchedule({ peakValue: 1, warmupSteps: 0, stableSteps: 2, decaySteps: 0, endValue: 0.25 }),
      [1, 1, 0.25, 0.25, 0.25],
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
    ['a negative factor', () => piecewiseConstantSchedule({ initValue: 1, boundariesAndScales: { 3: -1 } })],
    [
      'a factor that is no number',
      () => piecewiseConstantSchedule({ initValue: 1, boundariesAndScales: { 3: '1' as never } }),
    ],
    ['a boundary that is no count', () => piecewiseConstantSchedule({ initValue: 1, boundariesAndScales: { 1.5: 1 } })],
    ['boundaries in a list', () => piecewiseConstantSchedule({ initValue: 1, boundariesAndScales: [1, 2] as never })],
    [
      'an interpolation nobody knows',
      () => piecewiseInterpolateSchedule({ interpolateType: 'cubic' as never, initValue: 1 }),
    ],
    ['a cycle of no steps', () => linearOnecycleSchedule({ transitionSteps: 0, peakValue: 1 })],
    ['a divisor of 0', () => cosineOnecycleSchedule({ transitionSteps: 5, peakValue: 1, divFactor: 0 })],
    ['a part above 1', () => cosineOnecycleSchedule({ transitionSteps: 5, peakValue: 1, pctStart: 1.5 })],
    ['a negative warm-up', () => warmupConstantSchedule({ initValue: 0, peakValue: 1, warmupSteps: -1 })],
    ['no cycles', () => sgdrSchedule([])],
    ['a cycle that is none', () => sgdrSchedule([{ initValue: 0, peakValue: 1, warmupSteps: 5, decaySteps: 5 }])],
    [
      'both spellings of one option',
      () => sgdrSchedule([{ initValue: 0, peak_value: 1, peakValue: 1, warmupSteps: 1, decaySteps: 5 } as never]),
    ],
    ['an option that Python has not, either', () => sgdrSchedule([{ peak_height: 1 } as never])],
    [
      'a decay nobody knows',
      () => wsdSchedule({ peakValue: 1, warmupSteps: 0, stableSteps: 1, decaySteps: 1, decay: 'sqrt' as never }),
    ],
    ['no boundaries', () => joinSchedules([line, line], undefined as never)],
    ['one schedule for a list of them', () => joinSchedules(line as never, [])],
  ])('with %s is refused', (_, make) => {
    expect(make).toThrow(ForegradError)
  })
})

test('cycles written for Python are the same cycles', () => {
  const cycles = [
    { initValue: 0.1, peakValue: 1, warmupSteps: 3, decaySteps: 10 },
    { initValue: 0.2, peakValue: 0.5, warmupSteps: 0, decaySteps: 8, endValue: 0.05, exponent: 2 },
  ]
  const inPython = [
    { init_value: 0.1, peak_value: 1, warmup_steps: 3, decay_steps: 10 },
    { init_value: 0.2, peak_value: 0.5, warmup_steps: 0, decay_steps: 8, end_value: 0.05, exponent: 2 },
  ]
  const counts = Array.from({ length: 25 }, (_, count) => count)
  expect(counts.map(sgdrSchedule(inPython))).toEqual(counts.map(sgdrSchedule(cycles)))
})
