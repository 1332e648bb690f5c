import { checkOptimizer } from '../../../lib/check/options.ts'
import { picked } from '../../../lib/check/picked.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import type { Hyper } from '../../../lib/expr/schedule.ts'
import { chain } from '../../combinators/chain.ts'
import { forecast, type PredictOptions, predictKinds } from '../../optimizers/forecast.ts'
import { type AddDecayedWeightsOptions, addDecayedWeights, decayKinds } from '../../rules/addDecayedWeights.ts'
import { scaleByLearningRate } from '../../rules/scaleByLearningRate.ts'
import { type ScaleByKronOptions, scaleByKron, scaleByKronKinds } from './scaleByKron.ts'

/** Options of `kron`. */
export interface KronOptions extends ScaleByKronOptions, AddDecayedWeightsOptions, PredictOptions {}

/**
 * PSGD with Kronecker factors: the momentum made white by factors that are learned along each axis.
 *
 *     w' = w − learningRate·(scaleByKron(g) + weightDecay·w)
 *
 * With `predictSteps` the direction before decay is the forecast.
 *
 * Defaults: those of `scaleByKron`; weightDecay = 0, every leaf decays, no forecast. learningRate and weightDecay may be schedules.
 * Errors: `bad-hyperparameter`, as `scaleByKron`; `missing-params`.
 * Source: Li 2018, arXiv 1512.04202; github.com/evanatyourservice/psgd_jax, `kron`.
 */
export const kron = (learningRate: Hyper, options: KronOptions = {}, ...excess: Excess) => {
  checkOptimizer('kron', learningRate, options, { ...scaleByKronKinds, ...decayKinds, ...predictKinds }, excess)
  const { weightDecay = 0, mask, predictSteps } = options
  return chain(
    scaleByKron(picked(options, scaleByKronKinds)),
    ...forecast(predictSteps, learningRate),
    addDecayedWeights({ weightDecay, mask }),
    scaleByLearningRate(learningRate),
  )
}
