import { checkOptimizer } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'
import { chain } from '../combinators/chain.ts'
import { type AddDecayedWeightsOptions, addDecayedWeights, decayKinds } from '../rules/addDecayedWeights.ts'
import { adanKinds, type ScaleByAdanOptions, scaleByAdan } from '../rules/scaleByAdan.ts'
import { scaleByLearningRate } from '../rules/scaleByLearningRate.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'

/** Options of `adan`. */
export interface AdanOptions extends ScaleByAdanOptions, AddDecayedWeightsOptions, PredictOptions {}

/**
 * Adan: adaptive Nesterov momentum, with decoupled weight decay.
 *
 *     w' = w − learningRate·(scaleByAdan(g) + weightDecay·w)
 *
 * With `predictSteps` the direction of `scaleByAdan` is also the forecast; the decay stays out of it.
 *
 * Defaults: those of `scaleByAdan`, but epsRoot = 1e-8; weightDecay = 0, every leaf decays, no forecast. learningRate and weightDecay may be
 * schedules.
 * Errors: `bad-hyperparameter`, as `scaleByAdan` and `addDecayedWeights`; `missing-params`.
 * Source: Xie et al. 2022, Algorithm 1, arXiv 2208.06677; optax, `adan`.
 */
export const adan = <H extends PredictSteps = undefined>(
  learningRate: Hyper,
  options: AdanOptions & PredictOptions<H> = {},
  ...excess: Excess
) => {
  checkOptimizer('adan', learningRate, options, { ...adanKinds, ...decayKinds, ...predictKinds }, excess)
  const { epsRoot = 1e-8, weightDecay = 0, mask, predictSteps, ...own } = options
  return chain(
    scaleByAdan({ ...own, epsRoot }),
    ...forecast<H>(predictSteps, learningRate),
    addDecayedWeights({ weightDecay, mask }),
    scaleByLearningRate(learningRate),
  )
}
