import { checkOptimizer } from '../../../lib/check/options.ts'
import { picked } from '../../../lib/check/picked.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import type { Hyper } from '../../../lib/expr/schedule.ts'
import { chain } from '../../combinators/chain.ts'
import { forecast, type PredictOptions, predictKinds } from '../../optimizers/forecast.ts'
import { type AddDecayedWeightsOptions, addDecayedWeights, decayKinds } from '../../rules/addDecayedWeights.ts'
import { scaleByLearningRate } from '../../rules/scaleByLearningRate.ts'
import { type ScaleBySoapOptions, scaleBySoap, scaleBySoapKinds } from './scaleBySoap.ts'

/** Options of `soap`. */
export interface SoapOptions extends ScaleBySoapOptions, AddDecayedWeightsOptions, PredictOptions {}

/**
 * SOAP: Adam in the eigenbases of Shampoo's preconditioners.
 *
 *     w' = w − learningRate·(scaleBySoap(g) + weightDecay·w)
 *
 * With `predictSteps` the direction before decay is the forecast.
 *
 * Defaults: those of `scaleBySoap`; weightDecay = 0.01, every leaf decays, no forecast. learningRate and weightDecay may be schedules.
 * Errors: `bad-hyperparameter`, as `scaleBySoap`; `missing-params`.
 * Source: Vyas et al. 2024, arXiv 2409.11321; github.com/nikhilvyas/SOAP, which takes the decay of the weights after the step, and none in the first.
 */
export const soap = (learningRate: Hyper, options: SoapOptions = {}, ...excess: Excess) => {
  checkOptimizer('soap', learningRate, options, { ...scaleBySoapKinds, ...decayKinds, ...predictKinds }, excess)
  const { weightDecay = 0.01, mask, predictSteps } = options
  return chain(
    scaleBySoap(picked(options, scaleBySoapKinds)),
    ...forecast(predictSteps, learningRate),
    addDecayedWeights({ weightDecay, mask }),
    scaleByLearningRate(learningRate),
  )
}
