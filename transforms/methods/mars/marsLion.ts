import { checkOptimizer } from '../../../lib/check/options.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import type { Hyper } from '../../../lib/expr/schedule.ts'
import type { GradientTransformation } from '../../../lib/form/transformation.ts'
import { chain } from '../../combinators/chain.ts'
import { forecast, type PredictOptions, predictKinds } from '../../optimizers/forecast.ts'
import { addDecayedWeights } from '../../rules/addDecayedWeights.ts'
import { ema } from '../../rules/ema.ts'
import { scaleByLearningRate } from '../../rules/scaleByLearningRate.ts'
import { scaleBySign } from '../../rules/scaleBySign.ts'
import { byRank, correctionOf, type MarsOptions, marsKinds, vectorBranch } from './byRank.ts'
import { marsCorrection } from './marsCorrection.ts'

/** Options of `marsLion`. */
export interface MarsLionOptions extends MarsOptions, PredictOptions {}

/**
 * MARS with Lion's step, the sign of the average.
 *
 *     matrices: m' = b1·m + (1 − b1)·marsCorrection(g);  w' = w − learningRate·(sign(m') + weightDecay·w)
 *     others:   AdamW, as in `marsAdamw`
 *
 * Unclipped and with g' = 0 at first, it is Lion with b1·(1 − gamma) for the step and b1 for the average.
 *
 * Defaults: as `marsAdamw`; there is no b2 and no bias correction. Errors: `bad-hyperparameter`.
 * Source: Yuan et al. 2024, arXiv 2411.10438.
 */
export const marsLion = (
  learningRate: Hyper,
  options: MarsLionOptions = {},
  ...excess: Excess
): GradientTransformation => {
  checkOptimizer('marsLion', learningRate, options, { ...marsKinds, ...predictKinds }, excess)
  const { b1 = 0.95, weightDecay = 0, mask, optimize1d = false, vector, predictSteps } = options
  const matrix = chain(
    marsCorrection(correctionOf(options)),
    ema({ decay: b1, debias: false }),
    scaleBySign(),
    ...forecast(predictSteps, learningRate),
    addDecayedWeights({ weightDecay, mask }),
    scaleByLearningRate(learningRate),
  )
  return optimize1d ? matrix : byRank(matrix, vectorBranch('marsLion', learningRate, vector, predictSteps))
}
