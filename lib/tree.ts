/** optax's tree utilities and projections on tensors: what they return has handles of its own, and what they make on the way is disposed. */
import * as projections from '../transforms/trees/projections.ts'
import { onTrees } from '../transforms/trees/tensorTrees.ts'
import * as functions from '../transforms/trees/treeFunctions.ts'

export type { ScaleOptions } from '../transforms/trees/projections.ts'
export type { TreeClipOptions, TreeNormOptions } from '../transforms/trees/treeFunctions.ts'

export const treeAdd = /* @__PURE__ */ onTrees(functions.treeAdd)
export const treeSub = /* @__PURE__ */ onTrees(functions.treeSub)
export const treeMul = /* @__PURE__ */ onTrees(functions.treeMul)
export const treeDiv = /* @__PURE__ */ onTrees(functions.treeDiv)
export const treeScale = /* @__PURE__ */ onTrees(functions.treeScale)
export const treeAddScale = /* @__PURE__ */ onTrees(functions.treeAddScale)
export const treeClip = /* @__PURE__ */ onTrees(functions.treeClip)
export const treeWhere = /* @__PURE__ */ onTrees(functions.treeWhere)
export const treeFullLike = /* @__PURE__ */ onTrees(functions.treeFullLike)
export const treeZerosLike = /* @__PURE__ */ onTrees(functions.treeZerosLike)
export const treeOnesLike = /* @__PURE__ */ onTrees(functions.treeOnesLike)
export const treeSum = /* @__PURE__ */ onTrees(functions.treeSum)
export const treeMax = /* @__PURE__ */ onTrees(functions.treeMax)
export const treeMin = /* @__PURE__ */ onTrees(functions.treeMin)
export const treeVdot = /* @__PURE__ */ onTrees(functions.treeVdot)
export const treeSize = /* @__PURE__ */ onTrees(functions.treeSize)
export const treeNorm = /* @__PURE__ */ onTrees(functions.treeNorm)
export const treeUpdateMoment = /* @__PURE__ */ onTrees(functions.treeUpdateMoment)
export const treeUpdateMomentPerElemNorm = /* @__PURE__ */ onTrees(functions.treeUpdateMomentPerElemNorm)
export const treeUpdateInfinityMoment = /* @__PURE__ */ onTrees(functions.treeUpdateInfinityMoment)
export const treeBiasCorrection = /* @__PURE__ */ onTrees(functions.treeBiasCorrection)
export const globalNorm = /* @__PURE__ */ onTrees(functions.globalNorm)
export const incrementalUpdate = /* @__PURE__ */ onTrees(functions.incrementalUpdate)
export const periodicUpdate = /* @__PURE__ */ onTrees(functions.periodicUpdate)

export const projectionNonNegative = /* @__PURE__ */ onTrees(projections.projectionNonNegative)
export const projectionBox = /* @__PURE__ */ onTrees(projections.projectionBox)
export const projectionHypercube = /* @__PURE__ */ onTrees(projections.projectionHypercube)
export const projectionLinfBall = /* @__PURE__ */ onTrees(projections.projectionLinfBall)
export const projectionL2Sphere = /* @__PURE__ */ onTrees(projections.projectionL2Sphere)
export const projectionL2Ball = /* @__PURE__ */ onTrees(projections.projectionL2Ball)
export const projectionSimplex = /* @__PURE__ */ onTrees(projections.projectionSimplex)
export const projectionL1Sphere = /* @__PURE__ */ onTrees(projections.projectionL1Sphere)
export const projectionL1Ball = /* @__PURE__ */ onTrees(projections.projectionL1Ball)
export const projectionVector = /* @__PURE__ */ onTrees(projections.projectionVector)
export const projectionHyperplane = /* @__PURE__ */ onTrees(projections.projectionHyperplane)
export const projectionHalfspace = /* @__PURE__ */ onTrees(projections.projectionHalfspace)
