import { checkOptimizer, decay, flag, notNegative } from '../../../lib/check/options.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import type { Hyper } from '../../../lib/expr/schedule.ts'
import type { GradientTransformation } from '../../../lib/form/transformation.ts'
import { chain } from '../../combinators/chain.ts'
import { forecast, type PredictOptions, predictKinds } from '../../optimizers/forecast.ts'
import { addDecayedWeights } from '../../rules/addDecayedWeights.ts'
import { scaleByAdam } from '../../rules/scaleByAdam.ts'
import { scaleByAmsgrad } from '../../rules/scaleByAmsgrad.ts'
import { scaleByLearningRate } from '../../rules/scaleByLearningRate.ts'
import { byRank, correctionOf, type MarsOptions, marsKinds, vectorBranch } from './byRank.ts'
import { marsCorrection } from './marsCorrection.ts'

/** Options of `marsAdamw`. */
export interface MarsAdamwOptions extends MarsOptions, PredictOptions {
  readonly b2?: number
  /** The largest raw second moment so far, for matrices. */
  readonly amsgrad?: boolean
  readonly eps?: number
}

/**
 * MARS with AdamW's step.
 *
 *     matrices: w' = w − learningRate·(scaleByAdam(marsCorrection(g)) + weightDecay·w)
 *     others:   AdamW with the raw gradient, at learningRate·rateRatio and with its own b1, b2, eps, weightDecay
 *
 * `vector` holds the options of the others: rateRatio = 1, b1 = 0.9, b2 = 0.95, eps = 1e-8, weightDecay = 0.1. Biases and gains decay with
 * that 0.1 whatever `weightDecay` and `mask` say, as in the published code. With `optimize1d` every leaf goes the way of matrices. With
 * `predictSteps` the directions before decay are the forecast; mode 'exact' needs `withPairedGradient`, which takes no forecast.
 *
 * Defaults: b1 = 0.95, b2 = 0.99, eps = 1e-8, weightDecay = 0, gamma = 0.025, maxNorm = 1, mode = 'approx', firstStep = 'zero',
 * amsgrad = false, optimize1d = false. State: `partition`'s with the labels matrix and vector, or a chain's with optimize1d. Errors: `bad-hyperparameter`.
 * Source: Yuan et al. 2024, arXiv 2411.10438. v takes the corrected, clipped gradient, as in the published code; its README has the raw one.
 */
export const marsAdamw = (
  learningRate: Hyper,
  options: MarsAdamwOptions = {},
  ...excess: Excess
): GradientTransformation => {
  checkOptimizer(
    'marsAdamw',
    learningRate,
    options,
    {
      ...marsKinds,
      b2: decay,
      eps: notNegative,
      amsgrad: flag,
      ...predictKinds,
    },
    excess,
  )
  const {
    b1 = 0.95,
    b2 = 0.99,
    eps = 1e-8,
    weightDecay = 0,
    mask,
    amsgrad = false,
    optimize1d = false,
    vector,
    predictSteps,
  } = options
  const matrix = chain(
    marsCorrection(correctionOf(options)),
    amsgrad ? scaleByAmsgrad({ b1, b2, eps, raw: true }) : scaleByAdam({ b1, b2, eps }),
    ...forecast(predictSteps, learningRate),
    addDecayedWeights({ weightDecay, mask }),
    scaleByLearningRate(learningRate),
  )
  return optimize1d ? matrix : byRank(matrix, vectorBranch('marsAdamw', learningRate, vector, predictSteps))
}
