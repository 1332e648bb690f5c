import { checkArgument, type Kind } from '../../lib/check/options.ts'
import { isRecord } from '../../lib/data/branch.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { joinSchedules } from './joinSchedules.ts'
import { type WarmupCosineDecayScheduleOptions, warmupCosineDecaySchedule } from './warmupCosineDecaySchedule.ts'

const cycles: Kind = { expected: 'at least one record of options', test: (x) => Array.isArray(x) && x.length > 0 }

/** A cycle with its options spelled as in Python: `init_value` for `initValue`. */
export type CosineKwargs = {
  readonly [K in keyof WarmupCosineDecayScheduleOptions as SnakeCase<K>]: WarmupCosineDecayScheduleOptions[K]
}

type SnakeCase<S extends string> = S extends `${infer C}${infer Rest}`
  ? `${C extends Lowercase<C> ? C : `_${Lowercase<C>}`}${SnakeCase<Rest>}`
  : S

/** A cycle by the names that are ours. Both spellings of one option would be two answers: the second stays, and is refused as unknown. */
const named = (cycle: WarmupCosineDecayScheduleOptions | CosineKwargs): WarmupCosineDecayScheduleOptions => {
  if (!isRecord(cycle)) return cycle
  const entries = Object.entries(cycle).map(([key, x]) => {
    const name = key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
    return [name in cycle ? key : name, x] as const
  })
  return Object.fromEntries(entries) as unknown as WarmupCosineDecayScheduleOptions
}

/**
 * Cosine decays with warm restarts: one `warmupCosineDecaySchedule` after another.
 *
 *     value = cycles[i](count − the decaySteps of the cycles before i)
 *
 * Units: steps are updates; each cycle lasts its decaySteps. The last one goes on for ever. A list that was written for Python, with `init_value` for
 * `initValue`, is taken as it is: it is data that both read.
 * Errors: `bad-hyperparameter` for an empty list, and as `warmupCosineDecaySchedule` for each of its records.
 * Source: Loshchilov & Hutter 2017, arXiv 1608.03983; optax, `sgdr_schedule`.
 */
export const sgdrSchedule = (
  cosineKwargs: readonly (WarmupCosineDecayScheduleOptions | CosineKwargs)[],
  ...excess: Excess
) => {
  noExcess('sgdrSchedule', excess)
  checkArgument('sgdrSchedule: cosineKwargs', cosineKwargs, cycles)
  const cycled = cosineKwargs.map(named)
  const schedules = cycled.map((cycle) => warmupCosineDecaySchedule(cycle))
  let ends = 0
  const boundaries = cycled.slice(0, -1).map(({ decaySteps }) => {
    ends += decaySteps
    return ends
  })
  return joinSchedules(schedules, boundaries)
}
