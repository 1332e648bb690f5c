import { checkOptimizer } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'
import { chain } from '../combinators/chain.ts'
import type { Mask } from '../combinators/masked.ts'
import { addDecayedWeights, decayKinds } from '../rules/addDecayedWeights.ts'
import { adadeltaKinds, type ScaleByAdadeltaOptions, scaleByAdadelta } from '../rules/scaleByAdadelta.ts'
import { scaleByLearningRate } from '../rules/scaleByLearningRate.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'

/** Options of `adadelta`. */
export interface AdadeltaOptions extends ScaleByAdadeltaOptions, PredictOptions {
  readonly weightDecay?: Hyper
  readonly weightDecayMask?: Mask | undefined
}

/**
 * Adadelta: steps in the parameters' own unit, with weight decay in the gradient.
 *
 *     w' = w − learningRate·scaleByAdadelta(g + weightDecay·w)
 *
 * With `predictSteps` the direction of `scaleByAdadelta` is also the forecast. `weightDecayMask` says which leaves decay.
 *
 * Defaults: no learning rate, which leaves the direction of `scaleByAdadelta` as it is, so that steps go uphill, as in optax (1 is the paper's and
 * torch's); those of `scaleByAdadelta`; weightDecay = 0, every leaf decays, no forecast.
 * learningRate and weightDecay may be schedules.
 * Errors: `bad-hyperparameter`, as `scaleByAdadelta` and `addDecayedWeights`; `missing-params`.
 * Source: Zeiler 2012, Algorithm 1, arXiv 1212.5701; optax, `adadelta`.
 */
export const adadelta = <H extends PredictSteps = undefined>(
  learningRate?: Hyper | undefined,
  options: AdadeltaOptions & PredictOptions<H> = {},
  ...excess: Excess
) => {
  const kinds = { ...adadeltaKinds, weightDecay: decayKinds.weightDecay, weightDecayMask: decayKinds.mask }
  checkOptimizer('adadelta', learningRate ?? 1, options, { ...kinds, ...predictKinds }, excess)
  const { weightDecay = 0, weightDecayMask, predictSteps, ...own } = options
  return chain(
    addDecayedWeights({ weightDecay, mask: weightDecayMask }),
    scaleByAdadelta(own),
    ...forecast<H>(predictSteps, learningRate),
    scaleByLearningRate(learningRate),
  )
}
