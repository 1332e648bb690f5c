import { checkOptimizer } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'
import { chain } from '../combinators/chain.ts'
import { type AddDecayedWeightsOptions, addDecayedWeights, decayKinds } from '../rules/addDecayedWeights.ts'
import { scaleByLearningRate } from '../rules/scaleByLearningRate.ts'
import { type ScaleBySophiaOptions, scaleBySophia, sophiaKinds } from '../rules/scaleBySophia.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'

/** Options of `sophia`. */
export interface SophiaOptions extends ScaleBySophiaOptions, AddDecayedWeightsOptions, PredictOptions {}

/**
 * Sophia: a momentum clipped by the curvature, with decoupled weight decay.
 *
 *     w' = w − learningRate·(scaleBySophia(g) + weightDecay·w)
 *
 * With `predictSteps` the direction of `scaleBySophia` is also the forecast; the decay stays out of it.
 *
 * Defaults: those of `scaleBySophia`; weightDecay = 1e-4, every leaf decays, no forecast. learningRate and weightDecay may be
 * schedules.
 * Errors: `bad-hyperparameter`, as `scaleBySophia` and `addDecayedWeights`; `missing-params`; `missing-signal` without an estimate of the curvature.
 * Source: Liu et al. 2023, Algorithm 3, arXiv 2305.14342; optax, `contrib.sophia`.
 */
export const sophia = <H extends PredictSteps = undefined>(
  learningRate: Hyper,
  options: SophiaOptions & PredictOptions<H> = {},
  ...excess: Excess
) => {
  checkOptimizer('sophia', learningRate, options, { ...sophiaKinds, ...decayKinds, ...predictKinds }, excess)
  const { weightDecay = 1e-4, mask, predictSteps, ...own } = options
  return chain(
    scaleBySophia(own),
    ...forecast<H>(predictSteps, learningRate),
    addDecayedWeights({ weightDecay, mask }),
    scaleByLearningRate(learningRate),
  )
}
