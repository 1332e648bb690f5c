import { checkOptimizer, positiveInteger } from '../../../lib/check/options.ts'
import { picked } from '../../../lib/check/picked.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import type { Hyper } from '../../../lib/expr/schedule.ts'
import { chain } from '../../combinators/chain.ts'
import { ema } from '../../rules/ema.ts'
import {
  type BesideAdamwOptions,
  besideAdamw,
  besideAdamwKinds,
  type MatricesOptions,
  matricesKinds,
  matricesOf,
} from '../muon/besideAdamw.ts'
import { correctionKinds, type MarsCorrectionOptions, marsCorrection } from './marsCorrection.ts'
import { orthogonalize } from './orthogonalize.ts'

/** Options of `marsM`. */
export interface MarsMOptions extends MarsCorrectionOptions, BesideAdamwOptions, MatricesOptions {
  readonly nsSteps?: number
}

const marsMKinds = { ...correctionKinds, ...besideAdamwKinds, ...matricesKinds, nsSteps: positiveInteger }

/** Moonlight's: the root mean square of an update is that of one of AdamW. */
const shapeFactor = (rows: number, columns: number): number => 0.2 * Math.sqrt(Math.max(rows, columns))

/**
 * MARS-M: MARS's correction before Muon's step for matrices, AdamW for all other leaves.
 *
 *     m' = b1·m + (1 − b1)·marsCorrection(g)
 *     matrices: w' = w − learningRate·(0.2·√max(rows, columns)·orthogonalize(m') + weightDecay·w), its shapeFactor 1
 *     others:   adamw(adamLearningRate, adamB1, adamB2, 1e-8, adamEpsRoot, adamWeightDecay)
 *
 * Matrices are the leaves of rank 2 for which `isMatrix` is not false. With `predictSteps` the directions before decay are the forecast; mode
 * 'exact' needs `withPairedGradient`, which takes no forecast.
 *
 * State: that of `partition` by 'muon' and 'adam'. Defaults: b1 = 0.95, gamma = 0.025, maxNorm = 1, mode = 'approx', firstStep = 'zero',
 * nsSteps = 5, weightDecay = 0, adamB1 = 0.9, adamB2 = 0.999, adamEpsRoot = 0, adamWeightDecay = 0, adamLearningRate = learningRate, no
 * forecast. Rates and decays may be schedules. Errors: `bad-hyperparameter`; `missing-params`; `missing-signal`, as `marsCorrection`.
 * Source: Liu et al. 2025, arXiv 2510.21800; github.com/AGI-Arena/MARS, whose iteration is bfloat16, which decays by 0.1 where nothing is said,
 * and whose AdamW has b2 = 0.95, the same decay, and adds eps before the bias correction.
 */
export const marsM = (learningRate: Hyper, options: MarsMOptions = {}, ...excess: Excess) => {
  checkOptimizer('marsM', learningRate, options, marsMKinds, excess)
  const { b1 = 0.95, nsSteps = 5 } = options
  const direction = chain(
    marsCorrection(picked(options, correctionKinds)),
    ema({ decay: b1, debias: false }),
    orthogonalize({ steps: nsSteps, eps: 1e-7, shapeFactor }),
  )
  return besideAdamw(direction, matricesOf(options), learningRate, options)
}
