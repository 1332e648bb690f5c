import { checkOptimizer, flag, fraction, maskKind, notNegative } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'
import { chain } from '../combinators/chain.ts'
import { type Mask, masked } from '../combinators/masked.ts'
import { addDecayedWeights, decayKinds } from '../rules/addDecayedWeights.ts'
import { scaleByLearningRate } from '../rules/scaleByLearningRate.ts'
import { scaleByTrustRatio } from '../rules/scaleByTrustRatio.ts'
import { trace } from '../rules/trace.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'

/** Options of `lars`. */
export interface LarsOptions extends PredictOptions {
  readonly weightDecay?: Hyper
  readonly weightDecayMask?: Mask
  readonly trustCoefficient?: number
  readonly eps?: number
  readonly trustRatioMask?: Mask
  readonly momentum?: number
  readonly nesterov?: boolean
}

const larsKinds = {
  ...{ weightDecay: decayKinds.weightDecay, weightDecayMask: maskKind, trustRatioMask: maskKind },
  ...{ trustCoefficient: notNegative, eps: notNegative, momentum: fraction, nesterov: flag },
}

/**
 * LARS: momentum of steps that are scaled, leaf by leaf, to the size of the parameters.
 *
 *     d  = g + weightDecay·w
 *     w' = w + trace(−learningRate·scaleByTrustRatio(d))
 *
 * The momentum is behind the learning rate. With `predictSteps` the last update is repeated. `weightDecayMask` says which leaves decay,
 * `trustRatioMask` which are scaled; biases and norms are often left out of both.
 *
 * Defaults: weightDecay = 0, trustCoefficient = 1e-3, eps = 0, momentum = 0.9, nesterov = false, every leaf decays and is scaled, no forecast.
 * learningRate and weightDecay may be schedules.
 * Errors: `bad-hyperparameter` unless 0 ≤ momentum ≤ 1 and the other numbers are ≥ 0; `missing-params`.
 * Source: You et al. 2017, Algorithm 1, arXiv 1708.03888; optax, `lars`.
 */
export const lars = <H extends PredictSteps = undefined>(
  learningRate: Hyper,
  options: LarsOptions & PredictOptions<H> = {},
  ...excess: Excess
) => {
  checkOptimizer('lars', learningRate, options, { ...larsKinds, ...predictKinds }, excess)
  const { weightDecay = 0, weightDecayMask = true, trustCoefficient = 1e-3, eps = 0, trustRatioMask = true } = options
  const { momentum = 0.9, nesterov = false, predictSteps } = options
  return chain(
    addDecayedWeights({ weightDecay, mask: weightDecayMask }),
    masked(scaleByTrustRatio({ trustCoefficient, eps }), trustRatioMask),
    scaleByLearningRate(learningRate),
    trace({ decay: momentum, nesterov }),
    ...forecast<H>(predictSteps),
  )
}
