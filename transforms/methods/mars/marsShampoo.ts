import { checkOptimizer, decay, notNegative, positiveInteger } from '../../../lib/check/options.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import type { Hyper } from '../../../lib/expr/schedule.ts'
import type { GradientTransformation } from '../../../lib/form/transformation.ts'
import { chain } from '../../combinators/chain.ts'
import { forecast, type PredictOptions, predictKinds } from '../../optimizers/forecast.ts'
import { addDecayedWeights } from '../../rules/addDecayedWeights.ts'
import { ema } from '../../rules/ema.ts'
import { scale } from '../../rules/scale.ts'
import { scaleByLearningRate } from '../../rules/scaleByLearningRate.ts'
import { byRank, correctionOf, type MarsOptions, marsKinds, vectorBranch } from './byRank.ts'
import { marsAdamw } from './marsAdamw.ts'
import { marsCorrection } from './marsCorrection.ts'
import { orthogonalize } from './orthogonalize.ts'

/** Options of `marsShampoo`. */
export interface MarsShampooOptions extends MarsOptions, PredictOptions {
  /** For the leaves that are no matrices, with optimize1d. */
  readonly b2?: number
  readonly eps?: number
  readonly steps?: number
}

/**
 * MARS with an orthogonalised step.
 *
 *     matrices: m' = b1·m + (1 − b1)·marsCorrection(g);  w' = w − learningRate·(orthogonalize(m' / (1 − b1)) + weightDecay·w)
 *     others:   AdamW, as in `marsAdamw`
 *
 * The iteration is made of array operations between two fused passes. With `optimize1d` the others take the step of `marsAdamw` with its matrices'
 * options (b2 and eps are for them), as in the published code. With `predictSteps` the directions before decay are the forecast.
 *
 * Defaults: as `marsAdamw`; steps = 5 rounds. eps = 1e-8 stands in the iteration too. Errors: `bad-hyperparameter`.
 * Source: Yuan et al. 2024, arXiv 2411.10438.
 */
export const marsShampoo = (
  learningRate: Hyper,
  options: MarsShampooOptions = {},
  ...excess: Excess
): GradientTransformation => {
  const kinds = { ...marsKinds, b2: decay, eps: notNegative, steps: positiveInteger, ...predictKinds }
  checkOptimizer('marsShampoo', learningRate, options, kinds, excess)
  const { b1 = 0.95, eps = 1e-8, steps = 5, weightDecay = 0, mask, optimize1d = false, vector, predictSteps } = options
  const matrix = chain(
    marsCorrection(correctionOf(options)),
    ema({ decay: b1, debias: false }),
    scale(1 / (1 - b1)),
    orthogonalize({ steps, eps }),
    ...forecast(predictSteps, learningRate),
    addDecayedWeights({ weightDecay, mask }),
    scaleByLearningRate(learningRate),
  )
  const { steps: _, ...others } = options
  return byRank(
    matrix,
    optimize1d ? marsAdamw(learningRate, others) : vectorBranch('marsShampoo', learningRate, vector, predictSteps),
  )
}
