/** optax's tree utilities and projections on tensors: what they return has handles of its own, and what they make on the way is disposed. */

import type * as tf from '@tensorflow/tfjs-core'
import { orthogonalizeViaNewtonSchulz as orthogonalizeOn } from '../transforms/methods/muon/orthogonalizeViaNewtonSchulz.ts'
import type { MakePerturbedFunOptions } from '../transforms/trees/makePerturbedFun.ts'
import { makePerturbedFun as perturbed } from '../transforms/trees/makePerturbedFun.ts'
import * as clips from '../transforms/trees/perExampleClips.ts'
import * as projections from '../transforms/trees/projections.ts'
import * as randoms from '../transforms/trees/randomTrees.ts'
import * as safe from '../transforms/trees/safeNorms.ts'
import { scheduleFreeEvalParams as evalParams } from '../transforms/trees/scheduleFreeEvalParams.ts'
import { onTrees } from '../transforms/trees/tensorTrees.ts'
import * as functions from '../transforms/trees/treeFunctions.ts'
import type { Excess } from './data/excess.ts'
import type { Tree } from './data/tree.ts'
import { tfjsHost } from './hosts/tfjs/host.ts'
import type { Key } from './random/key.ts'

export type { OrthogonalizeViaNewtonSchulzOptions } from '../transforms/methods/muon/orthogonalizeViaNewtonSchulz.ts'
export type { PlaceTest } from '../transforms/trees/byKey.ts'
export { treeGet, treeGetAllWithPath, treeSet } from '../transforms/trees/byKey.ts'
export { type NumberType, treeCast, treeCastLike, treeDtype } from '../transforms/trees/dtypes.ts'
export type { MakePerturbedFunOptions } from '../transforms/trees/makePerturbedFun.ts'
export type { PerExampleLayerNormClipOptions } from '../transforms/trees/perExampleClips.ts'
export type { ScaleOptions } from '../transforms/trees/projections.ts'
export { type Sampler, type TreeRandomLikeOptions, treeSplitKeyLike } from '../transforms/trees/randomTrees.ts'
export type { TreeAllcloseOptions } from '../transforms/trees/safeNorms.ts'
export type { TreeClipOptions, TreeNormOptions } from '../transforms/trees/treeFunctions.ts'
export { type TreeMapParamsOptions, treeMapParams } from '../transforms/trees/treeMapParams.ts'

export const treeAdd = /* @__PURE__ */ onTrees('treeAdd', functions.treeAdd)
export const treeSub = /* @__PURE__ */ onTrees('treeSub', functions.treeSub)
export const treeMul = /* @__PURE__ */ onTrees('treeMul', functions.treeMul)
export const treeDiv = /* @__PURE__ */ onTrees('treeDiv', functions.treeDiv)
export const treeScale = /* @__PURE__ */ onTrees('treeScale', functions.treeScale)
export const treeAddScale = /* @__PURE__ */ onTrees('treeAddScale', functions.treeAddScale)
export const treeClip = /* @__PURE__ */ onTrees('treeClip', functions.treeClip)
export const treeWhere = /* @__PURE__ */ onTrees('treeWhere', functions.treeWhere)
export const treeFullLike = /* @__PURE__ */ onTrees('treeFullLike', functions.treeFullLike)
export const treeZerosLike = /* @__PURE__ */ onTrees('treeZerosLike', functions.treeZerosLike)
export const treeOnesLike = /* @__PURE__ */ onTrees('treeOnesLike', functions.treeOnesLike)
export const treeSum = /* @__PURE__ */ onTrees('treeSum', functions.treeSum)
export const treeMax = /* @__PURE__ */ onTrees('treeMax', functions.treeMax)
export const treeMin = /* @__PURE__ */ onTrees('treeMin', functions.treeMin)
export const treeVdot = /* @__PURE__ */ onTrees('treeVdot', functions.treeVdot)
export const treeSize = /* @__PURE__ */ onTrees('treeSize', functions.treeSize)
export const treeNorm = /* @__PURE__ */ onTrees('treeNorm', functions.treeNorm)
export const treeUpdateMoment = /* @__PURE__ */ onTrees('treeUpdateMoment', functions.treeUpdateMoment)
export const treeUpdateMomentPerElemNorm = /* @__PURE__ */ onTrees(
  'treeUpdateMomentPerElemNorm',
  functions.treeUpdateMomentPerElemNorm,
)
export const treeUpdateInfinityMoment = /* @__PURE__ */ onTrees(
  'treeUpdateInfinityMoment',
  functions.treeUpdateInfinityMoment,
)
export const treeBiasCorrection = /* @__PURE__ */ onTrees('treeBiasCorrection', functions.treeBiasCorrection)
export const globalNorm = /* @__PURE__ */ onTrees('globalNorm', functions.globalNorm)
export const incrementalUpdate = /* @__PURE__ */ onTrees('incrementalUpdate', functions.incrementalUpdate)
export const periodicUpdate = /* @__PURE__ */ onTrees('periodicUpdate', functions.periodicUpdate)

export const perExampleGlobalNormClip = /* @__PURE__ */ onTrees(
  'perExampleGlobalNormClip',
  clips.perExampleGlobalNormClip,
)
export const perExampleLayerNormClip = /* @__PURE__ */ onTrees('perExampleLayerNormClip', clips.perExampleLayerNormClip)

export const orthogonalizeViaNewtonSchulz = /* @__PURE__ */ orthogonalizeOn(tfjsHost)

export const treeAllclose = /* @__PURE__ */ onTrees('treeAllclose', safe.treeAllclose)
export const scaleGradient = /* @__PURE__ */ onTrees('scaleGradient', safe.scaleGradient)
export const safeNorm = /* @__PURE__ */ onTrees('safeNorm', safe.safeNorm)
export const safeRootMeanSquares = /* @__PURE__ */ onTrees('safeRootMeanSquares', safe.safeRootMeanSquares)

export const projectionNonNegative = /* @__PURE__ */ onTrees('projectionNonNegative', projections.projectionNonNegative)
export const projectionBox = /* @__PURE__ */ onTrees('projectionBox', projections.projectionBox)
export const projectionHypercube = /* @__PURE__ */ onTrees('projectionHypercube', projections.projectionHypercube)
export const projectionLinfBall = /* @__PURE__ */ onTrees('projectionLinfBall', projections.projectionLinfBall)
export const projectionL2Sphere = /* @__PURE__ */ onTrees('projectionL2Sphere', projections.projectionL2Sphere)
export const projectionL2Ball = /* @__PURE__ */ onTrees('projectionL2Ball', projections.projectionL2Ball)
export const projectionSimplex = /* @__PURE__ */ onTrees('projectionSimplex', projections.projectionSimplex)
export const projectionL1Sphere = /* @__PURE__ */ onTrees('projectionL1Sphere', projections.projectionL1Sphere)
export const projectionL1Ball = /* @__PURE__ */ onTrees('projectionL1Ball', projections.projectionL1Ball)
export const projectionVector = /* @__PURE__ */ onTrees('projectionVector', projections.projectionVector)
export const projectionHyperplane = /* @__PURE__ */ onTrees('projectionHyperplane', projections.projectionHyperplane)
export const projectionHalfspace = /* @__PURE__ */ onTrees('projectionHalfspace', projections.projectionHalfspace)

export const scheduleFreeEvalParams = /* @__PURE__ */ onTrees('scheduleFreeEvalParams', evalParams)

export const treeRandomLike = /* @__PURE__ */ onTrees('treeRandomLike', randoms.treeRandomLike)
export const treeBatchShape = /* @__PURE__ */ onTrees('treeBatchShape', randoms.treeBatchShape)

/** As a function of a key and a tree of tensors, its tensors tidied. */
export const makePerturbedFun = (
  f: (x: Tree<tf.Tensor>) => Tree<tf.Tensor>,
  options: MakePerturbedFunOptions = {},
  ...excess: Excess
): ((key: Key, x: Tree<tf.Tensor>) => Tree<tf.Tensor>) => {
  const smoothed = onTrees('makePerturbedFun', (arrays) => perturbed(arrays)(f, options, ...excess))
  return (key, x, ...more: Excess) => smoothed(key, x, ...more)
}
