import { checkOptions, finite, integer, type Kind } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { div, max, min, mul, sqrt, sub } from '../../lib/expr/expr.ts'
import { schedule } from '../../lib/expr/schedule.ts'
import { constantSchedule } from './constantSchedule.ts'
import { joinSchedules } from './joinSchedules.ts'
import { linearSchedule } from './linearSchedule.ts'

/** Options of `wsdSchedule`. */
export interface WsdScheduleOptions {
  readonly peakValue: number
  readonly warmupSteps: number
  readonly stableSteps: number
  readonly decaySteps: number
  readonly initValue?: number
  readonly endValue?: number
  readonly decay?: 'linear' | '1-sqrt'
}

const decayKind: Kind = { expected: "'linear' or '1-sqrt'", test: (x) => x === 'linear' || x === '1-sqrt' }

/**
 * Warms up, stays, decays: a trapezoid whose last side may fall as one minus a square root.
 *
 *     value = initValue → peakValue in a straight line                      while count < warmupSteps
 *           = peakValue                                                     for stableSteps more
 *           = endValue + (peakValue − endValue)·(1 − x)    linear
 *           = endValue + (peakValue − endValue)·(1 − √x)   1-sqrt,  x = min(1, the steps since then / decaySteps)
 *
 * Straight lines are `linearSchedule`s, and the whole is float32, as these are.
 *
 * Units: steps are updates. Defaults: initValue = 0, endValue = 0, decay = 'linear'; the others must be given.
 * Errors: `bad-hyperparameter` unless the values are finite, steps are integers from 0 up and decay is one of the two.
 * Source: Hu et al. 2024 (MiniCPM), section 4.2, arXiv 2404.06395; 1-sqrt: Hägele et al. 2024, section 3, arXiv 2405.18392.
 */
export const wsdSchedule = (options: WsdScheduleOptions, ...excess: Excess) => {
  checkOptions(
    'wsdSchedule',
    options,
    {
      peakValue: finite,
      warmupSteps: integer,
      stableSteps: integer,
      decaySteps: integer,
      initValue: finite,
      endValue: finite,
      decay: decayKind,
    },
    excess,
    ['peakValue', 'warmupSteps', 'stableSteps', 'decaySteps'],
  )
  const { peakValue, warmupSteps, stableSteps, decaySteps, initValue = 0, endValue = 0, decay = 'linear' } = options
  const warmup = linearSchedule({ initValue, endValue: peakValue, transitionSteps: warmupSteps })
  const fall = decaySteps === 0 ? constantSchedule(endValue) : falls[decay](peakValue, endValue, decaySteps)
  return joinSchedules([warmup, constantSchedule(peakValue), fall], [warmupSteps, warmupSteps + stableSteps])
}

const falls = {
  linear: (from: number, to: number, steps: number) =>
    linearSchedule({ initValue: from, endValue: to, transitionSteps: steps }),
  '1-sqrt': (from: number, to: number, steps: number) =>
    schedule((count) => sub(from, mul(from - to, sqrt(div(min(max(count, 0), steps), steps))))),
}
