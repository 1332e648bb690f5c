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
import { type ScaleByNormuonOptions, scaleByNormuon, scaleByNormuonKinds } from './scaleByNormuon.ts'

/** Options of `normuon`. */
export interface NormuonOptions extends ScaleByNormuonOptions, BesideAdamwOptions, MatricesOptions {}

const normuonKinds = { ...scaleByNormuonKinds, ...besideAdamwKinds, ...matricesKinds }

/**
 * NorMuon: Muon with a second moment of each output for matrices, AdamW for all other leaves.
 *
 *     matrices: w' = w − learningRate·(scaleByNormuon(g) + weightDecay·w)
 *     others:   adamw(adamLearningRate, adamB1, adamB2, 1e-8, adamEpsRoot, adamWeightDecay)
 *
 * Matrices are the leaves of rank 2 for which `isMatrix` is not false. With `predictSteps` the directions before decay are the forecast.
 *
 * State: that of `partition` by 'muon' and 'adam'. Defaults: those of `scaleByNormuon`; weightDecay = 0, adamB1 = 0.9, adamB2 = 0.999,
 * adamEpsRoot = 0, adamWeightDecay = 0, adamLearningRate = learningRate, no forecast. Rates and decays may be schedules.
 * Errors: `bad-hyperparameter`; `missing-params`.
 * Source: Li et al. 2025, arXiv 2510.05491; its code has the AdamW of Muon beside it, b2 = 0.95 and eps = 1e-10.
 */
export const normuon = (learningRate: Hyper, options: NormuonOptions = {}, ...excess: Excess) => {
  checkOptimizer('normuon', learningRate, options, normuonKinds, excess)
  return besideAdamw(scaleByNormuon(picked(options, scaleByNormuonKinds)), matricesOf(options), learningRate, options)
}
