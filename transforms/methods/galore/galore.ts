import { checkOptimizer } from '../../../lib/check/options.ts'
import { picked } from '../../../lib/check/picked.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import type { Hyper } from '../../../lib/expr/schedule.ts'
import { chain } from '../../combinators/chain.ts'
import { forecast, type PredictOptions, predictKinds } from '../../optimizers/forecast.ts'
import { type AddDecayedWeightsOptions, addDecayedWeights, decayKinds } from '../../rules/addDecayedWeights.ts'
import { scaleByLearningRate } from '../../rules/scaleByLearningRate.ts'
import { type ScaleByGaloreOptions, scaleByGalore, scaleByGaloreKinds } from './scaleByGalore.ts'

/** Options of `galore`. */
export interface GaloreOptions extends ScaleByGaloreOptions, AddDecayedWeightsOptions, PredictOptions {}

/**
 * GaLore: an optimizer whose state for matrices has the size of a low rank.
 *
 *     w' = w − learningRate·(scaleByGalore(g) + weightDecay·w)
 *
 * With `predictSteps` the direction before decay is the forecast.
 *
 * Defaults: those of `scaleByGalore`; weightDecay = 0, every leaf decays, no forecast. learningRate and weightDecay may be schedules.
 * Errors: `bad-hyperparameter`, `tree-mismatch`, as `scaleByGalore`; `missing-params`.
 * Source: Zhao et al. 2024, arXiv 2403.03507; optax.contrib, `galore`.
 */
export const galore = (learningRate: Hyper, options: GaloreOptions = {}, ...excess: Excess) => {
  checkOptimizer('galore', learningRate, options, { ...scaleByGaloreKinds, ...decayKinds, ...predictKinds }, excess)
  const { weightDecay = 0, mask, predictSteps } = options
  return chain(
    scaleByGalore(picked(options, scaleByGaloreKinds)),
    ...forecast(predictSteps, learningRate),
    addDecayedWeights({ weightDecay, mask }),
    scaleByLearningRate(learningRate),
  )
}
