import { type Excess, noExcess } from '../../data/excess.ts'
import { stateOf } from '../../store/fromData.ts'
import type { Data } from '../../store/toData.ts'
import { tensorStorage } from './storage.ts'

/**
 * The state or train state that `toData` wrote, its tensors new and on the active backend: whichever it is, they hold the same numbers.
 *
 * A tensor may also be given as { $tensor, shape, data } with a list of finite numbers, or with a typed array.
 *
 * Errors: `bad-argument` with every place that holds anything else, before a tensor is made: fields that are missing or too many, unknown
 * dtypes, shapes that are none, data that does not fit its shape or dtype, values that are no plain data.
 */
export const fromData = <T>(data: Data, ...excess: Excess): T => {
  noExcess('fromData', excess)
  return stateOf(data, tensorStorage) as T
}
