import { checkOptimizer } from '../../../lib/check/options.ts'
import { picked } from '../../../lib/check/picked.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import type { Hyper } from '../../../lib/expr/schedule.ts'
import { chain } from '../../combinators/chain.ts'
import { forecast, type PredictOptions, predictKinds } from '../../optimizers/forecast.ts'
import { type AddDecayedWeightsOptions, addDecayedWeights, decayKinds } from '../../rules/addDecayedWeights.ts'
import { scaleByLearningRate } from '../../rules/scaleByLearningRate.ts'
import { type ScaleByApolloOptions, scaleByApollo, scaleByApolloKinds } from './scaleByApollo.ts'

/** Options of `apollo`. */
export interface ApolloOptions extends ScaleByApolloOptions, AddDecayedWeightsOptions, PredictOptions {}

/**
 * APOLLO: each channel of a matrix scaled by what Adam does to it in few random dimensions, so that its state has the size of a low rank.
 *
 *     w' = w − learningRate·(scaleByApollo(g) + weightDecay·w)
 *
 * With `predictSteps` the direction before decay is the forecast.
 *
 * Defaults: those of `scaleByApollo`; weightDecay = 0, every leaf decays, no forecast. learningRate and weightDecay may be schedules.
 * Errors: `bad-hyperparameter`; `missing-params`.
 * Source: Zhu et al. 2024, arXiv 2412.05270; github.com/zhuhanqing/APOLLO, which takes the decay of the weights after the step.
 */
export const apollo = (learningRate: Hyper, options: ApolloOptions = {}, ...excess: Excess) => {
  checkOptimizer('apollo', learningRate, options, { ...scaleByApolloKinds, ...decayKinds, ...predictKinds }, excess)
  const { weightDecay = 0, mask, predictSteps } = options
  return chain(
    scaleByApollo(picked(options, scaleByApolloKinds)),
    ...forecast(predictSteps, learningRate),
    addDecayedWeights({ weightDecay, mask }),
    scaleByLearningRate(learningRate),
  )
}
