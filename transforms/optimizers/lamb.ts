import { checkOptimizer, decay, notNegative } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'
import { chain } from '../combinators/chain.ts'
import { type AddDecayedWeightsOptions, addDecayedWeights, decayKinds } from '../rules/addDecayedWeights.ts'
import { scaleByAdam } from '../rules/scaleByAdam.ts'
import { scaleByLearningRate } from '../rules/scaleByLearningRate.ts'
import { scaleByTrustRatio } from '../rules/scaleByTrustRatio.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'

/** Options of `lamb`. */
export interface LambOptions extends AddDecayedWeightsOptions, PredictOptions {
  readonly b1?: number
  readonly b2?: number
  readonly eps?: number
  readonly epsRoot?: number
}

const lambKinds = { b1: decay, b2: decay, eps: notNegative, epsRoot: notNegative }

/**
 * LAMB: AdamW's direction, scaled leaf by leaf to the size of the parameters.
 *
 *     w' = w − learningRate·scaleByTrustRatio(scaleByAdam(g) + weightDecay·w)
 *
 * With `predictSteps` the scaled direction, decay and all, is also the forecast.
 *
 * Defaults: b1 = 0.9, b2 = 0.999, eps = 1e-6, epsRoot = 0, weightDecay = 0, every leaf decays, no forecast. learningRate and
 * weightDecay may be schedules.
 * Errors: `bad-hyperparameter`, as `scaleByAdam` and `addDecayedWeights`; `missing-params`.
 * Source: You et al. 2020, Algorithm 2, arXiv 1904.00962; optax, `lamb`.
 */
export const lamb = <H extends PredictSteps = undefined>(
  learningRate: Hyper,
  options: LambOptions & PredictOptions<H> = {},
  ...excess: Excess
) => {
  checkOptimizer('lamb', learningRate, options, { ...lambKinds, ...decayKinds, ...predictKinds }, excess)
  const { eps = 1e-6, weightDecay = 0, mask, predictSteps, ...own } = options
  return chain(
    scaleByAdam({ ...own, eps }),
    addDecayedWeights({ weightDecay, mask }),
    scaleByTrustRatio(),
    ...forecast<H>(predictSteps, learningRate),
    scaleByLearningRate(learningRate),
  )
}
