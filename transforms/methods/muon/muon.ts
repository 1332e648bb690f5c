import {
  checkOptimizer,
  decay,
  hyperNotNegative,
  hyperNumber,
  maskKind,
  notNegative,
} from '../../../lib/check/options.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import { type Tree, treeMap } from '../../../lib/data/tree.ts'
import type { Hyper } from '../../../lib/expr/schedule.ts'
import { chain } from '../../combinators/chain.ts'
import { partition } from '../../combinators/partition.ts'
import { adamw } from '../../optimizers/adamw.ts'
import { forecast, type PredictOptions, predictKinds } from '../../optimizers/forecast.ts'
import { type AddDecayedWeightsOptions, addDecayedWeights } from '../../rules/addDecayedWeights.ts'
import { scaleByLearningRate } from '../../rules/scaleByLearningRate.ts'
import {
  type DimensionNumbersOf,
  dimensionNumbersKind,
  type MuonDimensionNumbers,
  type MuonLeaf,
} from './dimensionNumbers.ts'
import { byLeaf, type ScaleByMuonOptions, scaleByMuon, scaleByMuonKinds } from './scaleByMuon.ts'
import { scaleByShape } from './scaleByShape.ts'

/** Options of `muon`. */
export interface MuonOptions extends Omit<ScaleByMuonOptions, 'weightDimensionNumbers'>, PredictOptions {
  readonly weightDecay?: Hyper
  readonly weightDecayMask?: AddDecayedWeightsOptions['mask']
  readonly adamB1?: number
  readonly adamB2?: number
  readonly adamEpsRoot?: number
  readonly adamWeightDecay?: Hyper
  readonly adamLearningRate?: Hyper
  /** Of a leaf, or nothing for one that takes Adam's way. */
  readonly muonWeightDimensionNumbers?: MuonDimensionNumbers | DimensionNumbersOf
  readonly consistentRms?: number
}

const { weightDimensionNumbers: _, ...ownKinds } = scaleByMuonKinds

const muonKinds = {
  ...ownKinds,
  ...predictKinds,
  weightDecay: hyperNotNegative,
  weightDecayMask: maskKind,
  adamB1: decay,
  adamB2: decay,
  adamEpsRoot: notNegative,
  adamWeightDecay: hyperNotNegative,
  adamLearningRate: hyperNumber,
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
  const { weightDecay = 0, weightDecayMask: mask, predictSteps, muonWeightDimensionNumbers, consistentRms } = options
  const {
    adamB1 = 0.9,
    adamB2 = 0.999,
    adamEpsRoot = 0,
    adamWeightDecay = 0,
    adamLearningRate = learningRate,
  } = options
  const { nsCoeffs, nsSteps, beta, eps = 1e-8, nesterov = true, adaptive, preconditioning } = options
  const numbersOf = muonWeightDimensionNumbers === undefined ? matrices : byLeaf(muonWeightDimensionNumbers)
  const own = { nsCoeffs, nsSteps, beta, eps, nesterov, adaptive, preconditioning }
  const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined))
  const shaped = consistentRms === undefined ? {} : { consistentRms }
  return partition(
    {
      muon: chain(
        scaleByMuon({ ...given, weightDimensionNumbers: numbersOf }),
        scaleByShape({ ...shaped, weightDimensionNumbers: numbersOf }),
        ...forecast(predictSteps, learningRate),
        addDecayedWeights({ weightDecay, mask }),
        scaleByLearningRate(learningRate),
      ),
      adam: adamw(adamLearningRate, {
        b1: adamB1,
        b2: adamB2,
        eps,
        epsRoot: adamEpsRoot,
        weightDecay: adamWeightDecay,
        nesterov,
        predictSteps,
      }),
    },
    (params) => treeMap(params as Tree<MuonLeaf>, (leaf) => (numbersOf(leaf) === undefined ? 'adam' : 'muon')),
  )
}
