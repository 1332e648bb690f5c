/** What MARS's optimizers share: matrices take their own way, all other leaves that of AdamW. */

import {
  checkOptions,
  decay,
  flag,
  hyperNotNegative,
  type Kind,
  maskKind,
  notNegative,
  positive,
} from '../../../lib/check/options.ts'
import { picked } from '../../../lib/check/picked.ts'
import { isBranch, type Tree, treeMap } from '../../../lib/data/tree.ts'
import { mul } from '../../../lib/expr/expr.ts'
import { type Hyper, hyper, schedule } from '../../../lib/expr/schedule.ts'
import type { GradientTransformation } from '../../../lib/form/transformation.ts'
import type { Mask } from '../../combinators/masked.ts'
import { partition } from '../../combinators/partition.ts'
import { adamw } from '../../optimizers/adamw.ts'
import { correctionKinds, type MarsCorrectionOptions } from './marsCorrection.ts'

/** The AdamW for leaves that are no matrices. */
export interface MarsVectorOptions {
  /** Their learning rate, as a multiple of the matrices'. */
  readonly rateRatio?: number
  readonly b1?: number
  readonly b2?: number
  readonly eps?: number
  readonly weightDecay?: number
}

/** Options of every MARS optimizer. */
export interface MarsOptions extends MarsCorrectionOptions {
  readonly weightDecay?: Hyper
  readonly mask?: Mask | undefined
  readonly optimize1d?: boolean
  readonly vector?: MarsVectorOptions
}

const vectorOptions: Kind = { expected: 'a record of options', test: isBranch }

/** What every MARS optimizer accepts as options. */
export const marsKinds = {
  ...correctionKinds,
  weightDecay: hyperNotNegative,
  mask: maskKind,
  optimize1d: flag,
  vector: vectorOptions,
}

const vectorKinds = { rateRatio: positive, b1: decay, b2: decay, eps: notNegative, weightDecay: notNegative }

const times = (rate: Hyper, ratio: number): Hyper => {
  if (ratio === 1) return rate
  return typeof rate === 'number' ? rate * ratio : schedule((count) => mul(hyper(rate, count), ratio))
}

const isMatrix = ({ shape }: { readonly shape: readonly number[] }): boolean => shape.length === 2

/** The state of `byRank`: that of a `partition`. */
interface ByRankState {
  readonly innerStates: { readonly [label in 'matrix' | 'vector']: { readonly innerState: unknown } }
}

/** `matrix` for leaves of rank 2, `vector` for the others. */
export const byRank = (
  matrix: GradientTransformation,
  vector: GradientTransformation,
): GradientTransformation<ByRankState> =>
  partition({ matrix, vector }, (params) =>
    treeMap(params as Tree<{ readonly shape: readonly number[] }>, (leaf) => (isMatrix(leaf) ? 'matrix' : 'vector')),
  )

/** The way of leaves that are no matrices. Errors: `bad-hyperparameter`. */
export const vectorBranch = (
  where: string,
  learningRate: Hyper,
  options: MarsVectorOptions = {},
  predictSteps?: Hyper,
): GradientTransformation => {
  checkOptions(`${where}: vector`, options, vectorKinds)
  const { rateRatio = 1, b1 = 0.9, b2 = 0.95, eps = 1e-8, weightDecay = 0.1 } = options
  return adamw(times(learningRate, rateRatio), { b1, b2, eps, weightDecay, ...(predictSteps && { predictSteps }) })
}

/** The options of the correction alone. */
export const correctionOf = (options: MarsCorrectionOptions): MarsCorrectionOptions => picked(options, correctionKinds)
