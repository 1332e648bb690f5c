import { checkOptimizer } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'
import { chain } from '../combinators/chain.ts'
import { scaleByLearningRate } from '../rules/scaleByLearningRate.ts'
import { novogradKinds, type ScaleByNovogradOptions, scaleByNovograd } from '../rules/scaleByNovograd.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'

/** Options of `novograd`. */
export interface NovogradOptions extends ScaleByNovogradOptions, PredictOptions {}

/**
 * NovoGrad: momentum of gradients that are normalised leaf by leaf.
 *
 *     w' = w − learningRate·scaleByNovograd(g)
 *
 * The direction is that of `scaleByNovograd`, decay and all; with `predictSteps` it is also the forecast.
 *
 * Defaults: those of `scaleByNovograd`, but eps = 1e-6; no forecast. learningRate may be a schedule.
 * Errors: `bad-hyperparameter`, as `scaleByNovograd`; `missing-params`.
 * Source: Ginsburg et al. 2019, Algorithm 1, arXiv 1905.11286; optax, `novograd`.
 */
export const novograd = <H extends PredictSteps = undefined>(
  learningRate: Hyper,
  options: NovogradOptions & PredictOptions<H> = {},
  ...excess: Excess
) => {
  checkOptimizer('novograd', learningRate, options, { ...novogradKinds, ...predictKinds }, excess)
  const { eps = 1e-6, predictSteps, ...own } = options
  return chain(
    scaleByNovograd({ ...own, eps }),
    ...forecast<H>(predictSteps, learningRate),
    scaleByLearningRate(learningRate),
  )
}
