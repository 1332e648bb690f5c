import { checkOptimizer } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'
import { chain } from '../combinators/chain.ts'
import { type AddDecayedWeightsOptions, addDecayedWeights, decayKinds } from '../rules/addDecayedWeights.ts'
import { adamKinds } from '../rules/scaleByAdam.ts'
import { type ScaleByBeliefOptions, scaleByBelief } from '../rules/scaleByBelief.ts'
import { scaleByLearningRate } from '../rules/scaleByLearningRate.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'

/** Options of `adabelief`. */
export interface AdabeliefOptions extends ScaleByBeliefOptions, AddDecayedWeightsOptions, PredictOptions {}

/**
 * AdaBelief: Adam that trusts a gradient by how well it was foreseen.
 *
 *     w' = w − learningRate·(scaleByBelief(g) + weightDecay·w)
 *
 * The direction is that of `scaleByBelief`; with `predictSteps` it is also the forecast.
 *
 * Defaults: those of `scaleByBelief`; no decay, every leaf decays where there is one; no forecast. learningRate may be a schedule.
 * Errors: `bad-hyperparameter`, as `scaleByBelief`.
 * Source: Zhuang et al. 2020, arXiv 2010.07468; optax, `adabelief`. XGrad's AdaBelief is eps = epsRoot = 1e-8, without rectification.
 */
export const adabelief = <H extends PredictSteps = undefined>(
  learningRate: Hyper,
  options: AdabeliefOptions & PredictOptions<H> = {},
  ...excess: Excess
) => {
  checkOptimizer('adabelief', learningRate, options, { ...adamKinds, ...decayKinds, ...predictKinds }, excess)
  const { weightDecay, mask, predictSteps, ...own } = options
  return chain(
    scaleByBelief(own),
    ...forecast<H>(predictSteps, learningRate),
    ...(weightDecay === undefined ? [] : [addDecayedWeights({ weightDecay, mask })]),
    scaleByLearningRate(learningRate),
  )
}
