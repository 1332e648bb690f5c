import { checkOptimizer } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'
import { chain } from '../combinators/chain.ts'
import { type AddDecayedWeightsOptions, addDecayedWeights, decayKinds } from '../rules/addDecayedWeights.ts'
import { madgradKinds, type ScaleByMadgradOptions, scaleByMadgrad } from '../rules/scaleByMadgrad.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'

/** Options of `madgrad`. */
export interface MadgradOptions extends ScaleByMadgradOptions, AddDecayedWeightsOptions, PredictOptions {}

/**
 * MADGRAD: momentumised dual averaging with a cube root, with weight decay in the gradient.
 *
 *     w' = w + scaleByMadgrad(g + weightDecay·w)
 *
 * With `predictSteps` the last update is repeated. `mask` says which leaves decay.
 *
 * Defaults: those of `scaleByMadgrad`; weightDecay = 0, every leaf decays, no forecast. learningRate and weightDecay may be schedules.
 * Errors: `bad-hyperparameter`, as `scaleByMadgrad` and `addDecayedWeights`; `missing-params`.
 * Source: Defazio & Jelassi 2021, Algorithm 1, arXiv 2101.11075; optax, `contrib.madgrad`.
 */
export const madgrad = <H extends PredictSteps = undefined>(
  learningRate: Hyper,
  options: MadgradOptions & PredictOptions<H> = {},
  ...excess: Excess
) => {
  checkOptimizer('madgrad', learningRate, options, { ...madgradKinds, ...decayKinds, ...predictKinds }, excess)
  const { weightDecay = 0, mask, predictSteps, ...own } = options
  return chain(
    addDecayedWeights({ weightDecay, mask }),
    scaleByMadgrad(learningRate, own),
    ...forecast<H>(predictSteps),
  )
}
