import { checkOptimizer, notNegative } from '../../../lib/check/options.ts'
import { picked } from '../../../lib/check/picked.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import type { Hyper } from '../../../lib/expr/schedule.ts'
import { chain } from '../../combinators/chain.ts'
import { type BesideAdamwOptions, besideAdamw, besideAdamwKinds } from './besideAdamw.ts'
import { type DimensionNumbersOf, dimensionNumbersKind, type MuonDimensionNumbers } from './dimensionNumbers.ts'
import { byLeaf, type ScaleByMuonOptions, scaleByMuon, scaleByMuonKinds } from './scaleByMuon.ts'
import { scaleByShape } from './scaleByShape.ts'

/** Options of `muon`. */
export interface MuonOptions extends Omit<ScaleByMuonOptions, 'weightDimensionNumbers'>, BesideAdamwOptions {
  /** Of a leaf, or nothing for one that takes Adam's way. */
  readonly muonWeightDimensionNumbers?: MuonDimensionNumbers | DimensionNumbersOf
  readonly consistentRms?: number
}

const { weightDimensionNumbers: _, ...ownKinds } = scaleByMuonKinds

const muonKinds = {
  ...ownKinds,
  ...besideAdamwKinds,
  muonWeightDimensionNumbers: dimensionNumbersKind,
  consistentRms: notNegative,
}

/** Matrices, where nothing is said. */
const matrices: DimensionNumbersOf = ({ shape }) => (shape.length === 2 ? {} : undefined)

/**
 * Muon: momentum orthogonalised by Newton–Schulz for matrices, AdamW for all other leaves.
 *
 *     matrices: w' = w − learningRate·(scaleByShape(scaleByMuon(g)) + weightDecay·w)
 *     others:   adamw(adamLearningRate, adamB1, adamB2, eps, adamEpsRoot, adamWeightDecay, nesterov)
 *
 * Matrices are the leaves of rank 2, or those that `muonWeightDimensionNumbers` has numbers for. With `predictSteps` the directions before decay
 * are the forecast.
 *
 * State: that of `partition` by 'muon' and 'adam'. Defaults: those of `scaleByMuon`; weightDecay = 0, adamB1 = 0.9, adamB2 = 0.999,
 * adamEpsRoot = 0, adamWeightDecay = 0, adamLearningRate = learningRate, no consistentRms, no forecast. Rates and decays may be schedules.
 * Errors: `bad-hyperparameter`; `missing-params`; `tree-mismatch`, as `scaleByMuon`.
 * Source: Jordan et al. 2024, Muon; Liu et al. 2025, arXiv 2502.16982; optax.contrib, `muon`, whose dimension numbers are a tree.
 */
export const muon = (learningRate: Hyper, options: MuonOptions = {}, ...excess: Excess) => {
  checkOptimizer('muon', learningRate, options, muonKinds, excess)
  const { muonWeightDimensionNumbers, consistentRms } = options
  const { eps = 1e-8, nesterov = true } = options
  const numbersOf = muonWeightDimensionNumbers === undefined ? matrices : byLeaf(muonWeightDimensionNumbers)
  const shaped = consistentRms === undefined ? {} : { consistentRms }
  const direction = chain(
    scaleByMuon({ ...picked(options, ownKinds), weightDimensionNumbers: numbersOf }),
    scaleByShape({ ...shaped, weightDimensionNumbers: numbersOf }),
  )
  return besideAdamw(direction, (leaf) => numbersOf(leaf) !== undefined, learningRate, options, { eps, nesterov })
}
