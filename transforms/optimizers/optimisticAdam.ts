import { checkOptions, finite, withArgument } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { chain } from '../combinators/chain.ts'
import { adamKinds, type ScaleByAdamOptions, scaleByAdam } from '../rules/scaleByAdam.ts'
import { scaleByLearningRate } from '../rules/scaleByLearningRate.ts'
import { scaleByOptimisticGradient } from '../rules/scaleByOptimisticGradient.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'

/** Options of `optimisticAdam`. */
export interface OptimisticAdamOptions extends ScaleByAdamOptions, PredictOptions {
  readonly optimism?: number
}

/**
 * Adam with optimism: it goes further by how its direction changed.
 *
 *     a  = scaleByAdam(g)
 *     w' = w − ((learningRate + optimism)·a − optimism·the a of the step before)
 *
 * With `predictSteps` the last update is repeated. learningRate is a number; `optimisticAdamV2` takes a schedule.
 *
 * Defaults: those of `scaleByAdam`, but nesterov = true; optimism = learningRate, no forecast.
 * Errors: `bad-hyperparameter` unless optimism is finite, and as `scaleByAdam`.
 * Source: Daskalakis et al. 2018, Algorithm 1, arXiv 1711.00141; optax, `optimistic_adam`.
 */
export const optimisticAdam = <H extends PredictSteps = undefined>(
  learningRate: number,
  options: OptimisticAdamOptions & PredictOptions<H> = {},
  ...excess: Excess
) => {
  const kinds = { learningRate: finite, optimism: finite, ...adamKinds, ...predictKinds }
  checkOptions('optimisticAdam', withArgument(options, { learningRate }), kinds, excess, ['learningRate'])
  const { optimism = learningRate, nesterov = true, predictSteps, ...own } = options
  return chain(
    scaleByAdam({ ...own, nesterov }),
    scaleByOptimisticGradient({ alpha: learningRate, beta: optimism }),
    scaleByLearningRate(1),
    ...forecast<H>(predictSteps),
  )
}
