import { checkOptimizer } from '../../../lib/check/options.ts'
import { picked } from '../../../lib/check/picked.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import type { Hyper } from '../../../lib/expr/schedule.ts'
import {
  type BesideAdamwOptions,
  besideAdamw,
  besideAdamwKinds,
  type MatricesOptions,
  matricesKinds,
  matricesOf,
} from './besideAdamw.ts'
import { type ScaleByAdamuonOptions, scaleByAdamuon, scaleByAdamuonKinds } from './scaleByAdamuon.ts'

/** Options of `adamuon`. */
export interface AdamuonOptions extends ScaleByAdamuonOptions, BesideAdamwOptions, MatricesOptions {}

const adamuonKinds = { ...scaleByAdamuonKinds, ...besideAdamwKinds, ...matricesKinds }

/**
 * AdaMuon: Muon with a second moment of each element for matrices, AdamW for all other leaves.
 *
 *     matrices: w' = w − learningRate·(scaleByAdamuon(g) + weightDecay·w)
 *     others:   adamw(adamLearningRate, adamB1, adamB2, 1e-8, adamEpsRoot, adamWeightDecay)
 *
 * Matrices are the leaves of rank 2 for which `isMatrix` is not false. With `predictSteps` the directions before decay are the forecast.
 *
 * State: that of `partition` by 'muon' and 'adam'. Defaults: those of `scaleByAdamuon`; weightDecay = 0, adamB1 = 0.9, adamB2 = 0.999,
 * adamEpsRoot = 0, adamWeightDecay = 0, adamLearningRate = learningRate, no forecast. Rates and decays may be schedules.
 * Errors: `bad-hyperparameter`; `missing-params`.
 * Source: Si et al. 2025, arXiv 2507.11005; its code decays by 0.01 where nothing is said.
 */
export const adamuon = (learningRate: Hyper, options: AdamuonOptions = {}, ...excess: Excess) => {
  checkOptimizer('adamuon', learningRate, options, adamuonKinds, excess)
  return besideAdamw(scaleByAdamuon(picked(options, scaleByAdamuonKinds)), matricesOf(options), learningRate, options)
}
