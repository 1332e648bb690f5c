import { checkOptimizer } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { chain } from '../combinators/chain.ts'
import { type AddDecayedWeightsOptions, addDecayedWeights, decayKinds } from '../rules/addDecayedWeights.ts'
import { cocobKinds, type ScaleByCocobOptions, scaleByCocob } from '../rules/scaleByCocob.ts'
import { scaleByLearningRate } from '../rules/scaleByLearningRate.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'
import { type RateOr, rateOr } from './rateOr.ts'

/** Options of `cocob`. */
export interface CocobOptions extends ScaleByCocobOptions, AddDecayedWeightsOptions, PredictOptions {}

/**
 * COCOB: optimisation by coin betting, without a learning rate to tune.
 *
 *     w' = w + scaleByCocob(learningRate·(g + weightDecay·w))
 *
 * The learning rate scales the gradients, which changes little: bets are relative to the largest seen. With `predictSteps` the last update is
 * repeated.
 *
 * Defaults: learningRate = 1, or a schedule, and it may be left out; those of `scaleByCocob`; weightDecay = 0, every leaf decays, no forecast.
 * Errors: `bad-hyperparameter`, as `scaleByCocob` and `addDecayedWeights`; `missing-params`.
 * Source: Orabona & Tommasi 2017, Algorithm 2, arXiv 1705.07795; optax, `contrib.cocob`.
 */
export const cocob = <H extends PredictSteps = undefined>(
  rateOrOptions: RateOr<CocobOptions & PredictOptions<H>> = 1,
  optionsBehind: CocobOptions & PredictOptions<H> = {},
  ...tooMuch: Excess
) => {
  const [learningRate, options, excess] = rateOr(1, rateOrOptions, optionsBehind, tooMuch)
  checkOptimizer('cocob', learningRate, options, { ...cocobKinds, ...decayKinds, ...predictKinds }, excess)
  const { weightDecay = 0, mask, predictSteps, ...own } = options
  return chain(
    addDecayedWeights({ weightDecay, mask }),
    scaleByLearningRate(learningRate, { flipSign: false }),
    scaleByCocob(own),
    ...forecast<H>(predictSteps),
  )
}
