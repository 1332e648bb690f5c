import { checkOptions, finite, positiveInteger } from '../../../lib/check/options.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import { add, div, floor, max, mul, sub } from '../../../lib/expr/expr.ts'
import { schedule } from '../../../lib/expr/schedule.ts'

/**
 * A learning rate that falls in a straight line to 0, one stair an epoch.
 *
 *     value = base·max(0, 1 − (epoch + 1) / epochs),  epoch = ⌊count / stepsPerEpoch⌋
 *
 * The first epoch already runs at base·(1 − 1/epochs) and the last one at 0: the authors' scheduler is advanced before the first epoch.
 *
 * Units: count in updates. Default: stepsPerEpoch = 1.
 * Errors: `bad-hyperparameter` unless base is finite and the others are integers from 1 up.
 * Source: Liu et al. 2021, arXiv 2106.11309, code `train.py`.
 */
export const linearEpochDecay = (base: number, epochs: number, stepsPerEpoch = 1, ...excess: Excess) => {
  const kinds = { base: finite, epochs: positiveInteger, stepsPerEpoch: positiveInteger }
  checkOptions('linearEpochDecay', { base, epochs, stepsPerEpoch }, kinds, excess, ['base', 'epochs'])
  return schedule((count) => {
    const epoch = floor(div(count, stepsPerEpoch))
    return mul(base, max(0, sub(1, div(add(epoch, 1), epochs))))
  })
}
