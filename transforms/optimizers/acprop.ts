import { checkOptimizer } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'
import { chain } from '../combinators/chain.ts'
import { type AddDecayedWeightsOptions, addDecayedWeights, decayKinds } from '../rules/addDecayedWeights.ts'
import { acpropKinds, type ScaleByAcpropOptions, scaleByAcprop } from '../rules/scaleByAcprop.ts'
import { scaleByLearningRate } from '../rules/scaleByLearningRate.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'

/** Options of `acprop`. */
export interface AcpropOptions extends ScaleByAcpropOptions, AddDecayedWeightsOptions, PredictOptions {}

/**
 * ACProp: a denominator that is centred and does not know the gradient that it divides.
 *
 *     w' = w − learningRate·(scaleByAcprop(g) + weightDecay·w)
 *
 * With `predictSteps` the direction of `scaleByAcprop` is also the forecast; the decay stays out of it.
 *
 * Defaults: those of `scaleByAcprop`; weightDecay = 0, every leaf decays, no forecast. learningRate and weightDecay may be
 * schedules.
 * Errors: `bad-hyperparameter`, as `scaleByAcprop` and `addDecayedWeights`; `missing-params`.
 * Source: Zhuang et al. 2021, Algorithm 2, arXiv 2110.05454; optax, `contrib.acprop`.
 */
export const acprop = <H extends PredictSteps = undefined>(
  learningRate: Hyper,
  options: AcpropOptions & PredictOptions<H> = {},
  ...excess: Excess
) => {
  checkOptimizer('acprop', learningRate, options, { ...acpropKinds, ...decayKinds, ...predictKinds }, excess)
  const { weightDecay = 0, mask, predictSteps, ...own } = options
  return chain(
    scaleByAcprop(own),
    ...forecast<H>(predictSteps, learningRate),
    addDecayedWeights({ weightDecay, mask }),
    scaleByLearningRate(learningRate),
  )
}
