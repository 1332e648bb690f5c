import fc from 'fast-check'
import type { Schedule } from '../../lib/expr/schedule.ts'
import {
  constantSchedule,
  cosineDecaySchedule,
  exponentialDecay,
  joinSchedules,
  linearSchedule,
  piecewiseConstantSchedule,
  piecewiseInterpolateSchedule,
  polynomialSchedule,
  warmupCosineDecaySchedule,
} from '../../lib/index.ts'
import { learningRates } from './hyperparameters.ts'

const steps = fc.integer({ min: 1, max: 12 })

const single: fc.Arbitrary<Schedule> = fc.oneof(
  learningRates.map(constantSchedule),
  fc.record({ initValue: learningRates, endValue: learningRates, transitionSteps: steps }).map(linearSchedule),
  fc
    .record({ initValue: learningRates, endValue: learningRates, transitionSteps: steps, power: fc.constantFrom(1, 2) })
    .map(polynomialSchedule),
  fc.record({ initValue: learningRates, decaySteps: steps }).map(cosineDecaySchedule),
  fc
    .record({ initValue: learningRates, transitionSteps: steps, decayRate: fc.constantFrom(0.5, 0.9, 1.1) })
    .map(exponentialDecay),
  fc
    .record({ initValue: learningRates, peakValue: learningRates, warmupSteps: steps, decaySteps: steps })
    .map((options) => ({ ...options, decaySteps: options.warmupSteps + options.decaySteps }))
    .map(warmupCosineDecaySchedule),
  fc
    .record({ initValue: learningRates, at: steps, more: steps })
    .map(({ initValue, at, more }) => ({ initValue, boundariesAndScales: { [at]: 0.5, [at + more]: 2 } }))
    .chain((options) =>
      fc.constantFrom(
        piecewiseConstantSchedule(options),
        piecewiseInterpolateSchedule({ ...options, interpolateType: 'linear' }),
        piecewiseInterpolateSchedule({ ...options, interpolateType: 'cosine' }),
      ),
    ),
  fc.constantFrom((count: number) => 0.1 / (1 + count)),
)

/** Schedules of every kind, the library's own, joined ones, and a plain function. */
export const schedules: fc.Arbitrary<Schedule> = fc.oneof(
  { weight: 4, arbitrary: single },
  { weight: 1, arbitrary: fc.tuple(single, single, steps).map(([a, b, at]) => joinSchedules([a, b], [at])) },
)
