/** What the matrix methods share: matrices take their own way, all other leaves that of AdamW. */
import { callable, decay, hyperNotNegative, hyperNumber, maskKind, notNegative } from '../../../lib/check/options.ts'
import { type Tree, treeMap } from '../../../lib/data/tree.ts'
import type { Hyper } from '../../../lib/expr/schedule.ts'
import type { GradientTransformation } from '../../../lib/form/transformation.ts'
import { chain } from '../../combinators/chain.ts'
import { partition } from '../../combinators/partition.ts'
import { adamw } from '../../optimizers/adamw.ts'
import { forecast, type PredictOptions, predictKinds } from '../../optimizers/forecast.ts'
import { type AddDecayedWeightsOptions, addDecayedWeights } from '../../rules/addDecayedWeights.ts'
import { scaleByLearningRate } from '../../rules/scaleByLearningRate.ts'
import type { MuonLeaf } from './dimensionNumbers.ts'

/** Options of a matrix method beside its own: the decay of matrices, and the AdamW of all other leaves. */
export interface BesideAdamwOptions extends PredictOptions {
  readonly weightDecay?: Hyper
  readonly weightDecayMask?: AddDecayedWeightsOptions['mask']
  readonly adamB1?: number
  readonly adamB2?: number
  readonly adamEpsRoot?: number
  readonly adamWeightDecay?: Hyper
  readonly adamLearningRate?: Hyper
}

/** What it accepts as options. */
export const besideAdamwKinds = {
  ...predictKinds,
  weightDecay: hyperNotNegative,
  weightDecayMask: maskKind,
  adamB1: decay,
  adamB2: decay,
  adamEpsRoot: notNegative,
  adamWeightDecay: hyperNotNegative,
  adamLearningRate: hyperNumber,
}

/** The option that says which leaves of rank 2 are taken for matrices. */
export interface MatricesOptions {
  /** False for a leaf of rank 2 that takes AdamW's way, as embeddings and heads often do. */
  readonly isMatrix?: (leaf: MuonLeaf) => boolean
}

export const matricesKinds = { isMatrix: callable }

/** The leaves of rank 2 that `isMatrix` leaves in. */
export const matricesOf =
  ({ isMatrix = () => true }: MatricesOptions) =>
  (leaf: MuonLeaf): boolean =>
    leaf.shape.length === 2 && isMatrix(leaf)

/** What the AdamW beside it takes from the method's own options. */
export interface OfAdamw {
  readonly eps?: number
  readonly nesterov?: boolean
}

/** `direction` with decay and rate for matrices, AdamW for the others; the state is that of `partition` by 'muon' and 'adam'. */
export const besideAdamw = (
  direction: GradientTransformation,
  isMatrix: (leaf: MuonLeaf) => boolean,
  learningRate: Hyper,
  options: BesideAdamwOptions,
  { eps = 1e-8, nesterov = false }: OfAdamw = {},
) => {
  const { weightDecay = 0, weightDecayMask: mask, predictSteps } = options
  const { adamB1 = 0.9, adamB2 = 0.999, adamEpsRoot = 0 } = options
  const { adamWeightDecay = 0, adamLearningRate = learningRate } = options
  return partition(
    {
      muon: chain(
        direction,
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
    (params) => treeMap(params as Tree<MuonLeaf>, (leaf) => (isMatrix(leaf) ? 'muon' : 'adam')),
  )
}
