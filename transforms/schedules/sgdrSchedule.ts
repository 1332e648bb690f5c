import { checkArgument, type Kind } from '../../lib/check/options.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { joinSchedules } from './joinSchedules.ts'
import { type WarmupCosineDecayScheduleOptions, warmupCosineDecaySchedule } from './warmupCosineDecaySchedule.ts'

const cycles: Kind = { expected: 'at least one record of options', test: (x) => Array.isArray(x) && x.length > 0 }

/**
 * Cosine decays with warm restarts: one `warmupCosineDecaySchedule` after another.
 *
 *     value = cycles[i](count − the decaySteps of the cycles before i)
 *
 * Units: steps are updates; each cycle lasts its decaySteps. The last one goes on for ever.
 * Errors: `bad-hyperparameter` for an empty list, and as `warmupCosineDecaySchedule` for each of its records.
 * Source: Loshchilov & Hutter 2017, arXiv 1608.03983; optax, `sgdr_schedule`.
 */
export const sgdrSchedule = (cosineKwargs: readonly WarmupCosineDecayScheduleOptions[], ...excess: Excess) => {
  noExcess('sgdrSchedule', excess)
  checkArgument('sgdrSchedule: cosineKwargs', cosineKwargs, cycles)
  const schedules = cosineKwargs.map((cycle) => warmupCosineDecaySchedule(cycle))
  let ends = 0
  const boundaries = cosineKwargs.slice(0, -1).map(({ decaySteps }) => {
    ends += decaySteps
    return ends
  })
  return joinSchedules(schedules, boundaries)
}
