import { checkArgument, checkOptions, finite, notNegative, positiveInteger } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import type { GradientTransformation } from '../../lib/form/transformation.ts'
import { chain } from '../combinators/chain.ts'
import {
  type ScheduleFreeOptions,
  type ScheduleFreeState,
  scheduleFree,
  scheduleFreeKinds,
} from '../combinators/scheduleFree.ts'
import { addDecayedWeights } from '../rules/addDecayedWeights.ts'
import { warmupConstantSchedule } from '../schedules/warmupConstantSchedule.ts'
import { sgd } from './sgd.ts'

/** Options of `scheduleFreeSgd`. */
export interface ScheduleFreeSgdOptions extends ScheduleFreeOptions {
  readonly warmupSteps?: number | undefined
  readonly weightDecay?: number | undefined
}

/** A rate that rises to `learningRate` in so many steps; the rate itself without. */
export const warmedUp = (learningRate: number, warmupSteps?: number | undefined) =>
  warmupSteps === undefined
    ? learningRate
    : warmupConstantSchedule({ initValue: 0, peakValue: learningRate, warmupSteps })

/**
 * Plain gradient descent without a schedule: `scheduleFree` around `sgd`.
 *
 *     scheduleFree(chain(addDecayedWeights(weightDecay), sgd(rate)), rate),  rate rises linearly in warmupSteps
 *
 * Defaults: learningRate = 1, no warmupSteps, b1 = 0.9, no weightDecay, weightLrPower = 2. The decay goes by the gradient: it is multiplied by the
 * rate.
 * Errors: `bad-hyperparameter` unless the rate is a finite number, 0 < b1 ≤ 1, weightDecay ≥ 0 and warmupSteps counts from 1 up.
 * Source: Defazio et al. 2024, arXiv 2405.15682; optax, `contrib.schedule_free_sgd`.
 */
export const scheduleFreeSgd = (
  learningRate = 1,
  options: ScheduleFreeSgdOptions = {},
  ...excess: Excess
): GradientTransformation<ScheduleFreeState<unknown>> => {
  const kinds = { ...scheduleFreeKinds, warmupSteps: positiveInteger, weightDecay: notNegative }
  checkOptions('scheduleFreeSgd', options, kinds, excess)
  checkArgument('scheduleFreeSgd: learningRate', learningRate, finite)
  const { warmupSteps, weightDecay, ...rest } = options
  const rate = warmedUp(learningRate, warmupSteps)
  const plain = sgd(rate)
  const inner = weightDecay === undefined ? plain : chain(addDecayedWeights({ weightDecay }), plain)
  return scheduleFree<unknown>(inner, rate, rest)
}
