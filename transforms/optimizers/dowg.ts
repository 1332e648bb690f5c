import { checkOptimizer } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { chain } from '../combinators/chain.ts'
import { type AddDecayedWeightsOptions, addDecayedWeights, decayKinds } from '../rules/addDecayedWeights.ts'
import { dowgKinds, type ScaleByDowgOptions, scaleByDowg } from '../rules/scaleByDowg.ts'
import { scaleByLearningRate } from '../rules/scaleByLearningRate.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'
import { type RateOr, rateOr } from './rateOr.ts'

/** Options of `dowg`. */
export interface DowgOptions extends ScaleByDowgOptions, AddDecayedWeightsOptions, PredictOptions {}

/**
 * DoWG, distance over weighted gradients: descent without a learning rate to tune.
 *
 *     w' = w − learningRate·scaleByDowg(g + weightDecay·w)
 *
 * The direction is that of `scaleByDowg`; with `predictSteps` it is also the forecast.
 *
 * Defaults: learningRate = 1, or a schedule, and it may be left out; those of `scaleByDowg`; weightDecay = 0, every leaf decays, no forecast.
 * Errors: `bad-hyperparameter`, as `scaleByDowg` and `addDecayedWeights`; `missing-params`.
 * Source: Khaled et al. 2023, arXiv 2305.16284; optax, `contrib.dowg`.
 */
export const dowg = <H extends PredictSteps = undefined>(
  rateOrOptions: RateOr<DowgOptions & PredictOptions<H>> = 1,
  optionsBehind: DowgOptions & PredictOptions<H> = {},
  ...tooMuch: Excess
) => {
  const [learningRate, options, excess] = rateOr(1, rateOrOptions, optionsBehind, tooMuch)
  checkOptimizer('dowg', learningRate, options, { ...dowgKinds, ...decayKinds, ...predictKinds }, excess)
  const { weightDecay = 0, mask, predictSteps, ...own } = options
  return chain(
    addDecayedWeights({ weightDecay, mask }),
    scaleByDowg(own),
    ...forecast<H>(predictSteps, learningRate),
    scaleByLearningRate(learningRate),
  )
}
