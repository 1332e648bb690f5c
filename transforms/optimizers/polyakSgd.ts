import { checkOptions, hyperNumber } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'
import { chain } from '../combinators/chain.ts'
import { scaleByLearningRate } from '../rules/scaleByLearningRate.ts'
import { polyakKinds, type ScaleByPolyakOptions, scaleByPolyak } from '../rules/scaleByPolyak.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'

/** Options of `polyakSgd`. */
export interface PolyakSgdOptions extends ScaleByPolyakOptions, PredictOptions {
  readonly scaling?: Hyper
}

/**
 * Gradient descent with Polyak's step size, which needs the value of the loss and no learning rate.
 *
 *     w' = w + scaleByPolyak(−scaling·g)
 *
 * The gradient is scaled before its norm is taken, so that a larger scaling makes a smaller step. The value is given with each step:
 * `extra: { value }`. With `predictSteps` the last update is repeated.
 *
 * Defaults: scaling = 1, or a schedule; those of `scaleByPolyak`; no forecast.
 * Errors: `bad-hyperparameter`, as `scaleByPolyak`; `missing-signal` without the value.
 * Source: Loizou et al. 2021, arXiv 2002.10542; optax, `polyak_sgd`.
 */
export const polyakSgd = <H extends PredictSteps = undefined>(
  options: PolyakSgdOptions & PredictOptions<H> = {},
  ...excess: Excess
) => {
  checkOptions('polyakSgd', options, { scaling: hyperNumber, ...polyakKinds, ...predictKinds }, excess)
  const { scaling = 1, predictSteps, ...own } = options
  return chain(scaleByLearningRate(scaling), scaleByPolyak(own), ...forecast<H>(predictSteps))
}
