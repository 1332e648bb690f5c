/** The public names of foregrad on tfjs: everything of `foregrad/core`, and what runs on tensors. Importing it attaches tfjs to every transformation. */

import './hosts/tfjs/attach.ts'

export * from './core.ts'

// expressions, schedules and rules of your own
export type { OwnGradientMeaning } from './hosts/tfjs/ownGradient.ts'

// running
export type { BackendInfo, BackendName, UseBackendOptions } from './hosts/tfjs/backend.ts'
export { releaseBackend, useBackend } from './hosts/tfjs/backend.ts'
export { applyUpdates } from './hosts/tfjs/applyUpdates.ts'
export { dispose } from './hosts/tfjs/dispose.ts'
export type { StepOptions } from './train/step.ts'
export { step } from './hosts/tfjs/step.ts'
export { fisherDiag } from './hosts/tfjs/fisherDiag.ts'
export type { GaussNewtonBartlettOptions } from './train/gaussNewtonBartlett.ts'
export { gaussNewtonBartlettEstimatorDiagHessian } from './hosts/tfjs/gaussNewtonBartlettEstimatorDiagHessian.ts'
export { hessianDiag } from './hosts/tfjs/hessianDiag.ts'
export type { HutchinsonOptions } from './hosts/tfjs/hutchinsonEstimatorDiagHessian.ts'
export { hutchinsonEstimatorDiagHessian } from './hosts/tfjs/hutchinsonEstimatorDiagHessian.ts'
export { hvp } from './hosts/tfjs/hvp.ts'
export type { ValueAndGrads } from './hosts/tfjs/valueAndGrad.ts'
export { valueAndGrad } from './hosts/tfjs/valueAndGrad.ts'
export type { TrainState } from './train/loop.ts'
export type { Trained, Trainer } from './hosts/tfjs/trainingHost.ts'
export type { TrainerState } from './train/loop.ts'
export type { TrainerOptions } from './train/trainer.ts'
export { trainer } from './hosts/tfjs/trainer.ts'
export { withGradient } from './hosts/tfjs/withGradient.ts'
export type { LookaheadState } from './train/withLookaheadGradient.ts'
export { withLookaheadGradient } from './hosts/tfjs/withLookaheadGradient.ts'

// states as plain data
export { fromData } from './hosts/tfjs/fromData.ts'
export type { Data } from './store/toData.ts'
export { toData, toDataAsync } from './hosts/tfjs/toData.ts'
export { metrics } from './hosts/tfjs/metrics.ts'

// random draws by explicit keys
export { normalTree } from './hosts/tfjs/normalTree.ts'

// losses
export * from './losses.ts'

// functions of trees, projections
export * from './tree.ts'

// MARS
export type { PairedGradients } from './hosts/tfjs/pairedGradients.ts'
export { pairedGradients } from './hosts/tfjs/pairedGradients.ts'
export type { PairedState } from './train/withPairedGradient.ts'
export { withPairedGradient } from './hosts/tfjs/withPairedGradient.ts'

// IVON
export { type IvonPredictOptions, ivonPredict } from '../transforms/methods/ivon/ivonPredict.ts'
export { ivonSample } from '../transforms/methods/ivon/ivonSample.ts'
export type { SampledOptions, SampledState } from './train/withSampledGradient.ts'
export { withSampledGradient } from './hosts/tfjs/withSampledGradient.ts'
export type { CurvedState, HessianDiagonalOptions } from './train/withHessianDiagonal.ts'
export { withHessianDiagonal } from './hosts/tfjs/withHessianDiagonal.ts'

// BoostNet
export { boostedBases } from '../transforms/methods/boostnet/boostedBases.ts'
export { boostedGradients } from '../transforms/methods/boostnet/boostedGradients.ts'
export { type BoostedLossesOptions, boostedLosses } from '../transforms/methods/boostnet/boostedLosses.ts'
export { boostedPredict, type Indexing } from '../transforms/methods/boostnet/boostedPredict.ts'
export { gradientRescale } from '../transforms/methods/boostnet/gradientRescale.ts'
export type { Reweight, Scores } from '../transforms/methods/boostnet/logits.ts'

// Adam for binary networks
export { type BinarizeWeightOptions, binarizeWeight } from '../transforms/methods/adamBnn/binarizeWeight.ts'
export { c2iRatio } from '../transforms/methods/adamBnn/c2iRatio.ts'
export { flipFlopRatio, type SignOfZero } from '../transforms/methods/adamBnn/flipFlopRatio.ts'
export { signApprox } from '../transforms/methods/adamBnn/signApprox.ts'
