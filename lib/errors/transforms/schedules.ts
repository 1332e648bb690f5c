/** What is said of schedules that are made of others, or of boundaries. */
import { errorOf, type Fault, type ForegradError, faultAt, type Words } from '../error.ts'
import { wrongKind } from '../kinds.ts'

export const noScheduleAt = (i: number, x: unknown): Fault =>
  wrongKind(`joinSchedules: schedules[${i}]`, 'a schedule', x)
export const otherBoundaries = (schedules: number, got: number): Fault =>
  faultAt('joinSchedules: boundaries', `${schedules - 1} boundaries for ${schedules} schedules`, String(got))
export const notAscending = (i: number, x: unknown): Fault =>
  wrongKind(`joinSchedules: boundaries[${i}]`, 'ascending integers from 0 up', x)
export const badJoin: Words = ['bad-hyperparameter', 'Give schedules and the counts at which the next one begins.']

export const noBoundary = (path: string, x: unknown): Fault =>
  wrongKind(path, 'a boundary that is an integer from 0 up', x)
export const noFactor = (path: string, x: unknown): Fault => faultAt(path, 'a factor from 0 up', `${x} (${typeof x})`)
export const badFactors: Words = ['bad-hyperparameter', 'Give factors by the counts at which they begin to apply.']

export const noDecayLeft = (where: string, warmupSteps: number, decaySteps: number): ForegradError =>
  errorOf(
    'bad-hyperparameter',
    `${where}: decaySteps`,
    `more than warmupSteps (${warmupSteps})`,
    `${decaySteps}`,
    'decaySteps counts the warm-up too.',
  )
