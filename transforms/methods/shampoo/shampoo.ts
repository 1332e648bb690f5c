import { checkOptimizer, decay, flag } from '../../../lib/check/options.ts'
import { picked } from '../../../lib/check/picked.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import type { Hyper } from '../../../lib/expr/schedule.ts'
import { chain } from '../../combinators/chain.ts'
import { forecast, type PredictOptions, predictKinds } from '../../optimizers/forecast.ts'
import { type AddDecayedWeightsOptions, addDecayedWeights, decayKinds } from '../../rules/addDecayedWeights.ts'
import { scaleByLearningRate } from '../../rules/scaleByLearningRate.ts'
import { trace } from '../../rules/trace.ts'
import { type ScaleByShampooOptions, scaleByShampoo, scaleByShampooKinds } from './scaleByShampoo.ts'

/** Options of `shampoo`. */
export interface ShampooOptions extends ScaleByShampooOptions, AddDecayedWeightsOptions, PredictOptions {
  readonly momentum?: number
  readonly nesterov?: boolean
}

const shampooKinds = { ...scaleByShampooKinds, ...decayKinds, ...predictKinds, momentum: decay, nesterov: flag }

/**
 * Shampoo: gradients preconditioned along each axis, with momentum behind it.
 *
 *     w' = w − learningRate·(trace(scaleByShampoo(g)) + weightDecay·w)
 *
 * With `predictSteps` the direction before decay is the forecast.
 *
 * Defaults: those of `scaleByShampoo`; momentum = 0, nesterov = false, weightDecay = 0, every leaf decays, no forecast. learningRate and weightDecay may
 * be schedules. Errors: `bad-hyperparameter`, as `scaleByShampoo`; `missing-params`.
 * Source: Gupta et al. 2018, arXiv 1802.09568.
 */
export const shampoo = (learningRate: Hyper, options: ShampooOptions = {}, ...excess: Excess) => {
  checkOptimizer('shampoo', learningRate, options, shampooKinds, excess)
  const { momentum = 0, nesterov = false, weightDecay = 0, mask, predictSteps } = options
  return chain(
    scaleByShampoo(picked(options, scaleByShampooKinds)),
    ...(momentum > 0 ? [trace({ decay: momentum, nesterov })] : []),
    ...forecast(predictSteps, learningRate),
    addDecayedWeights({ weightDecay, mask }),
    scaleByLearningRate(learningRate),
  )
}
