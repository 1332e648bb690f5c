import { checkArgument, checkOptions, decay, finite, notNegative, positiveInteger } from '../../lib/check/options.ts'
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
import { scaleByLearningRate } from '../rules/scaleByLearningRate.ts'
import { scaleByRms } from '../rules/scaleByRms.ts'
import { warmedUp } from './scheduleFreeSgd.ts'

/** Options of `scheduleFreeAdamw`. */
export interface ScheduleFreeAdamwOptions extends ScheduleFreeOptions {
  readonly warmupSteps?: number | undefined
  readonly b2?: number
  readonly eps?: number
  readonly weightDecay?: number
}

/**
 * AdamW without a schedule: `scheduleFree` around Adam without its first moment, whose part the mean of the weights takes.
 *
 *     scheduleFree(chain(scaleByRms(b2, eps, debiased), addDecayedWeights(weightDecay), scaleByLearningRate(rate)), rate)
 *
 * rate rises linearly in warmupSteps.
 *
 * Defaults: learningRate = 0.0025, no warmupSteps, b1 = 0.9, b2 = 0.999, eps = 1e-8, weightDecay = 0, weightLrPower = 2.
 * Errors: `bad-hyperparameter` unless the rate is a finite number, 0 < b1 ≤ 1, 0 ≤ b2 < 1, eps, weightDecay ≥ 0 and warmupSteps counts from 1 up.
 * Source: Defazio et al. 2024, arXiv 2405.15682; optax, `contrib.schedule_free_adamw`.
 */
export const scheduleFreeAdamw = (
  learningRate = 0.0025,
  options: ScheduleFreeAdamwOptions = {},
  ...excess: Excess
): GradientTransformation<ScheduleFreeState<unknown>> => {
  const own = { warmupSteps: positiveInteger, b2: decay, eps: notNegative, weightDecay: notNegative }
  checkOptions('scheduleFreeAdamw', options, { ...scheduleFreeKinds, ...own }, excess)
  checkArgument('scheduleFreeAdamw: learningRate', learningRate, finite)
  const { warmupSteps, b2 = 0.999, eps = 1e-8, weightDecay = 0, ...rest } = options
  const rate = warmedUp(learningRate, warmupSteps)
  const inner = chain(
    scaleByRms({ decay: b2, eps, epsInSqrt: false, biasCorrection: true }),
    addDecayedWeights({ weightDecay }),
    scaleByLearningRate(rate),
  )
  return scheduleFree<unknown>(inner, rate, rest)
}
