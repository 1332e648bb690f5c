import { checkOptimizer } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'
import { chain } from '../combinators/chain.ts'
import { scaleByLearningRate } from '../rules/scaleByLearningRate.ts'
import { type ScaleByStableAdamOptions, scaleByStableAdam, stableAdamKinds } from '../rules/scaleByStableAdam.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'

/** Options of `stableAdamw`. */
export interface StableAdamwOptions extends ScaleByStableAdamOptions, PredictOptions {}

/**
 * StableAdamW: AdamW that slows down, leaf by leaf, where gradients are larger than expected.
 *
 *     w' = w − learningRate·scaleByStableAdam(g)
 *
 * The direction is that of `scaleByStableAdam`, decay and all; with `predictSteps` it is also the forecast. `mask` says which leaves decay.
 *
 * Defaults: those of `scaleByStableAdam`, but weightDecay = 1e-2; no forecast. learningRate may be a schedule.
 * Errors: `bad-hyperparameter`, as `scaleByStableAdam`; `missing-params`.
 * Source: Wortsman et al. 2023, Algorithm 2, arXiv 2304.13013.
 */
export const stableAdamw = <H extends PredictSteps = undefined>(
  learningRate: Hyper,
  options: StableAdamwOptions & PredictOptions<H> = {},
  ...excess: Excess
) => {
  checkOptimizer('stableAdamw', learningRate, options, { ...stableAdamKinds, ...predictKinds }, excess)
  const { weightDecay = 1e-2, predictSteps, ...own } = options
  return chain(
    scaleByStableAdam({ ...own, weightDecay }),
    ...forecast<H>(predictSteps, learningRate),
    scaleByLearningRate(learningRate),
  )
}
