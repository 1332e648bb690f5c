/** The public names of foregrad, on tfjs: importing it attaches tfjs to every transformation. */
import './hosts/tfjs/attach.ts'

// trees and errors
export type { ErrorCode, Fault } from './data/error.ts'
export { ForegradError } from './data/error.ts'
export type { Tree } from './data/tree.ts'
export { Foldable, Functor, Traversable, treeLeaves, treeMap, treePaths, treeReduce, treeZip } from './data/tree.ts'

// expressions, schedules and rules of your own
export * as expr from './expr/index.ts'
export type { DataSchedule, Hyper, Schedule } from './expr/schedule.ts'
export { schedule } from './expr/schedule.ts'
export { extraTree, signal } from './rule/rule.ts'
export { copyOfParams, counter, filled, moment, number, perLeaf } from './rule/slot.ts'
export type { Finding } from './data/error.ts'
export type { Check, Checked, Extra, Form } from './form/form.ts'
export type { OwnGradientMeaning } from './hosts/tfjs/ownGradient.ts'
export type {
  GradientTransformation,
  Grads,
  OpaqueSpec,
  Params,
  ProjectSpec,
  StateOf,
  Updates,
} from './form/transformation.ts'
export { opaque, projectParams, rule } from './form/transformation.ts'

// running
export type { BackendInfo, BackendName, UseBackendOptions } from './hosts/tfjs/backend.ts'
export { releaseBackend, useBackend } from './hosts/tfjs/backend.ts'
export { applyUpdates } from './train/applyUpdates.ts'
export { dispose } from './hosts/tfjs/dispose.ts'
export type { TrainOptions } from './run/driver.ts'
export type { StepOptions } from './train/step.ts'
export { step } from './train/step.ts'
export type { ValueAndGrads } from './hosts/tfjs/valueAndGrad.ts'
export { valueAndGrad } from './hosts/tfjs/valueAndGrad.ts'
export type { Trained, Trainer, TrainState } from './train/withGradient.ts'
export { withGradient } from './train/withGradient.ts'
export type { LookaheadState } from './train/withLookaheadGradient.ts'
export { withLookaheadGradient } from './train/withLookaheadGradient.ts'

// reading
export type { ExplainedPass, Explanation } from './read/explain.ts'
export { explain, show } from './read/explain.ts'
export type { Float64Reader, Numbers, NumberTree } from './hosts/float64/float64.ts'
export { float64, ndarray } from './hosts/float64/float64.ts'

// states as plain data
export { fromData } from './store/fromData.ts'
export type { TensorData, TensorList, ValueData } from './store/tensorData.ts'
export type { Data } from './store/toData.ts'
export { toData, toDataAsync } from './store/toData.ts'

// random draws by explicit keys
export type { Key } from './random/key.ts'
export { foldIn, seedKey } from './random/key.ts'
export type { DrawPlace } from './random/normals.ts'
export { normals } from './random/normals.ts'
export { normalTree } from './hosts/tfjs/normalTree.ts'

// combinators
export { chain } from '../transforms/combinators/chain.ts'
export { freeze } from '../transforms/combinators/freeze.ts'
export { identity } from '../transforms/combinators/identity.ts'
export type { Labels } from '../transforms/combinators/labels.ts'
export type { Mask } from '../transforms/combinators/masked.ts'
export { masked } from '../transforms/combinators/masked.ts'
export { Monoid } from '../transforms/combinators/monoid.ts'
export { partition } from '../transforms/combinators/partition.ts'
export type {
  SelectiveTransformOptions,
  SelectiveTransformState,
} from '../transforms/combinators/selectiveTransform.ts'
export { selectiveTransform } from '../transforms/combinators/selectiveTransform.ts'

// rules
export type { AddDecayedWeightsOptions } from '../transforms/rules/addDecayedWeights.ts'
export { addDecayedWeights } from '../transforms/rules/addDecayedWeights.ts'
export { clip } from '../transforms/rules/clip.ts'
export { clipByBlockRms } from '../transforms/rules/clipByBlockRms.ts'
export { clipByGlobalNorm } from '../transforms/rules/clipByGlobalNorm.ts'
export type { EmaOptions } from '../transforms/rules/ema.ts'
export { ema } from '../transforms/rules/ema.ts'
export type { PredictAheadOptions } from '../transforms/rules/predictAhead.ts'
export { predictAhead } from '../transforms/rules/predictAhead.ts'
export { scale } from '../transforms/rules/scale.ts'
export type { ScaleByAdamOptions } from '../transforms/rules/scaleByAdam.ts'
export { scaleByAdam } from '../transforms/rules/scaleByAdam.ts'
export type { ScaleByAdam3Options } from '../transforms/rules/scaleByAdam3.ts'
export { scaleByAdam3 } from '../transforms/rules/scaleByAdam3.ts'
export type { ScaleByAmsgradOptions } from '../transforms/rules/scaleByAmsgrad.ts'
export { scaleByAmsgrad } from '../transforms/rules/scaleByAmsgrad.ts'
export type { ScaleByBeliefOptions } from '../transforms/rules/scaleByBelief.ts'
export { scaleByBelief } from '../transforms/rules/scaleByBelief.ts'
export type { ScaleByLearningRateOptions } from '../transforms/rules/scaleByLearningRate.ts'
export { scaleByLearningRate } from '../transforms/rules/scaleByLearningRate.ts'
export type { LionMode, ScaleByLionOptions } from '../transforms/rules/scaleByLion.ts'
export { scaleByLion } from '../transforms/rules/scaleByLion.ts'
export type { ScaleByRmsOptions } from '../transforms/rules/scaleByRms.ts'
export { scaleByRms } from '../transforms/rules/scaleByRms.ts'
export type { ScaleByRssOptions } from '../transforms/rules/scaleByRss.ts'
export { scaleByRss } from '../transforms/rules/scaleByRss.ts'
export { scaleBySchedule } from '../transforms/rules/scaleBySchedule.ts'
export { scaleBySign } from '../transforms/rules/scaleBySign.ts'
export { scaleByStddev } from '../transforms/rules/scaleByStddev.ts'
export type { ScaleByTrustRatioOptions } from '../transforms/rules/scaleByTrustRatio.ts'
export { scaleByTrustRatio } from '../transforms/rules/scaleByTrustRatio.ts'
export { setToZero } from '../transforms/rules/setToZero.ts'
export type { TraceOptions } from '../transforms/rules/trace.ts'
export { trace } from '../transforms/rules/trace.ts'
export { zeroNans } from '../transforms/rules/zeroNans.ts'
export type { ScaleByAdamaxOptions } from '../transforms/rules/scaleByAdamax.ts'
export { scaleByAdamax } from '../transforms/rules/scaleByAdamax.ts'
export type { ScaleByAdadeltaOptions } from '../transforms/rules/scaleByAdadelta.ts'
export { scaleByAdadelta } from '../transforms/rules/scaleByAdadelta.ts'
export type { ScaleByAdanOptions } from '../transforms/rules/scaleByAdan.ts'
export { scaleByAdan } from '../transforms/rules/scaleByAdan.ts'
export type { ScaleByRadamOptions } from '../transforms/rules/scaleByRadam.ts'
export { scaleByRadam } from '../transforms/rules/scaleByRadam.ts'
export type { ScaleByYogiOptions } from '../transforms/rules/scaleByYogi.ts'
export { scaleByYogi } from '../transforms/rules/scaleByYogi.ts'
export type { ScaleByRpropOptions } from '../transforms/rules/scaleByRprop.ts'
export { scaleByRprop } from '../transforms/rules/scaleByRprop.ts'
export type { ScaleByNovogradOptions } from '../transforms/rules/scaleByNovograd.ts'
export { scaleByNovograd } from '../transforms/rules/scaleByNovograd.ts'
export type { ScaleByOptimisticGradientOptions } from '../transforms/rules/scaleByOptimisticGradient.ts'
export { scaleByOptimisticGradient } from '../transforms/rules/scaleByOptimisticGradient.ts'
export type { ScaleByPolyakOptions } from '../transforms/rules/scaleByPolyak.ts'
export { scaleByPolyak } from '../transforms/rules/scaleByPolyak.ts'

// optimizers
export type { AdabeliefOptions } from '../transforms/optimizers/adabelief.ts'
export { adabelief } from '../transforms/optimizers/adabelief.ts'
export type { AdagradOptions } from '../transforms/optimizers/adagrad.ts'
export { adagrad } from '../transforms/optimizers/adagrad.ts'
export type { AdamOptions } from '../transforms/optimizers/adam.ts'
export { adam } from '../transforms/optimizers/adam.ts'
export type { Adam3Options } from '../transforms/optimizers/adam3.ts'
export { adam3 } from '../transforms/optimizers/adam3.ts'
export type { AdamwOptions } from '../transforms/optimizers/adamw.ts'
export { adamw } from '../transforms/optimizers/adamw.ts'
export type { AmsgradOptions } from '../transforms/optimizers/amsgrad.ts'
export { amsgrad } from '../transforms/optimizers/amsgrad.ts'
export type { LambOptions } from '../transforms/optimizers/lamb.ts'
export { lamb } from '../transforms/optimizers/lamb.ts'
export type { LionOptions } from '../transforms/optimizers/lion.ts'
export { lion } from '../transforms/optimizers/lion.ts'
export type { RmspropOptions } from '../transforms/optimizers/rmsprop.ts'
export { rmsprop } from '../transforms/optimizers/rmsprop.ts'
export type { SgdOptions } from '../transforms/optimizers/sgd.ts'
export { sgd } from '../transforms/optimizers/sgd.ts'
export type { NadamOptions } from '../transforms/optimizers/nadam.ts'
export { nadam } from '../transforms/optimizers/nadam.ts'
export type { NadamwOptions } from '../transforms/optimizers/nadamw.ts'
export { nadamw } from '../transforms/optimizers/nadamw.ts'
export type { AdamaxOptions } from '../transforms/optimizers/adamax.ts'
export { adamax } from '../transforms/optimizers/adamax.ts'
export type { AdamaxwOptions } from '../transforms/optimizers/adamaxw.ts'
export { adamaxw } from '../transforms/optimizers/adamaxw.ts'
export type { AdadeltaOptions } from '../transforms/optimizers/adadelta.ts'
export { adadelta } from '../transforms/optimizers/adadelta.ts'
export type { AdanOptions } from '../transforms/optimizers/adan.ts'
export { adan } from '../transforms/optimizers/adan.ts'
export type { RadamOptions } from '../transforms/optimizers/radam.ts'
export { radam } from '../transforms/optimizers/radam.ts'
export type { YogiOptions } from '../transforms/optimizers/yogi.ts'
export { yogi } from '../transforms/optimizers/yogi.ts'
export type { SignSgdOptions } from '../transforms/optimizers/signSgd.ts'
export { signSgd } from '../transforms/optimizers/signSgd.ts'
export type { SignumOptions } from '../transforms/optimizers/signum.ts'
export { signum } from '../transforms/optimizers/signum.ts'
export type { RpropOptions } from '../transforms/optimizers/rprop.ts'
export { rprop } from '../transforms/optimizers/rprop.ts'
export type { NovogradOptions } from '../transforms/optimizers/novograd.ts'
export { novograd } from '../transforms/optimizers/novograd.ts'
export type { LarsOptions } from '../transforms/optimizers/lars.ts'
export { lars } from '../transforms/optimizers/lars.ts'
export type { FromageOptions } from '../transforms/optimizers/fromage.ts'
export { fromage } from '../transforms/optimizers/fromage.ts'
export type { OptimisticGradientDescentOptions } from '../transforms/optimizers/optimisticGradientDescent.ts'
export { optimisticGradientDescent } from '../transforms/optimizers/optimisticGradientDescent.ts'
export type { OptimisticAdamOptions } from '../transforms/optimizers/optimisticAdam.ts'
export { optimisticAdam } from '../transforms/optimizers/optimisticAdam.ts'
export type { OptimisticAdamV2Options } from '../transforms/optimizers/optimisticAdamV2.ts'
export { optimisticAdamV2 } from '../transforms/optimizers/optimisticAdamV2.ts'
export type { PolyakSgdOptions } from '../transforms/optimizers/polyakSgd.ts'
export { polyakSgd } from '../transforms/optimizers/polyakSgd.ts'

// schedules
export { constantSchedule } from '../transforms/schedules/constantSchedule.ts'
export { cosineDecaySchedule } from '../transforms/schedules/cosineDecaySchedule.ts'
export type { CosineOnecycleScheduleOptions } from '../transforms/schedules/cosineOnecycleSchedule.ts'
export { cosineOnecycleSchedule } from '../transforms/schedules/cosineOnecycleSchedule.ts'
export { exponentialDecay } from '../transforms/schedules/exponentialDecay.ts'
export { joinSchedules } from '../transforms/schedules/joinSchedules.ts'
export type { LinearOnecycleScheduleOptions } from '../transforms/schedules/linearOnecycleSchedule.ts'
export { linearOnecycleSchedule } from '../transforms/schedules/linearOnecycleSchedule.ts'
export { linearSchedule } from '../transforms/schedules/linearSchedule.ts'
export type { PiecewiseConstantScheduleOptions } from '../transforms/schedules/piecewiseConstantSchedule.ts'
export { piecewiseConstantSchedule } from '../transforms/schedules/piecewiseConstantSchedule.ts'
export type { PiecewiseInterpolateScheduleOptions } from '../transforms/schedules/piecewiseInterpolateSchedule.ts'
export { piecewiseInterpolateSchedule } from '../transforms/schedules/piecewiseInterpolateSchedule.ts'
export { polynomialSchedule } from '../transforms/schedules/polynomialSchedule.ts'
export { sgdrSchedule } from '../transforms/schedules/sgdrSchedule.ts'
export type { WarmupConstantScheduleOptions } from '../transforms/schedules/warmupConstantSchedule.ts'
export { warmupConstantSchedule } from '../transforms/schedules/warmupConstantSchedule.ts'
export { warmupCosineDecaySchedule } from '../transforms/schedules/warmupCosineDecaySchedule.ts'
export type { WarmupExponentialDecayScheduleOptions } from '../transforms/schedules/warmupExponentialDecaySchedule.ts'
export { warmupExponentialDecaySchedule } from '../transforms/schedules/warmupExponentialDecaySchedule.ts'
export type { WsdScheduleOptions } from '../transforms/schedules/wsdSchedule.ts'
export { wsdSchedule } from '../transforms/schedules/wsdSchedule.ts'

// losses
export * from './losses.ts'

// functions of trees, projections
export * from './tree.ts'

// Adam-Rel
export type { AdamRelOptions } from '../transforms/methods/adamRel/adamRel.ts'
export { adamRel } from '../transforms/methods/adamRel/adamRel.ts'
export { resetCount } from '../transforms/methods/adamRel/resetCount.ts'
export type { ScaleByAdamRelOptions, ScaleByAdamRelState } from '../transforms/methods/adamRel/scaleByAdamRel.ts'
export { scaleByAdamRel } from '../transforms/methods/adamRel/scaleByAdamRel.ts'

// MARS
export type { MarsOptions, MarsVectorOptions } from '../transforms/methods/mars/byRank.ts'
export type { MarsAdamwOptions } from '../transforms/methods/mars/marsAdamw.ts'
export { marsAdamw } from '../transforms/methods/mars/marsAdamw.ts'
export type { MarsCorrectionOptions, MarsCorrectionState } from '../transforms/methods/mars/marsCorrection.ts'
export { marsCorrection } from '../transforms/methods/mars/marsCorrection.ts'
export type { MarsLionOptions } from '../transforms/methods/mars/marsLion.ts'
export { marsLion } from '../transforms/methods/mars/marsLion.ts'
export type { MarsShampooOptions } from '../transforms/methods/mars/marsShampoo.ts'
export { marsShampoo } from '../transforms/methods/mars/marsShampoo.ts'
export type { OrthogonalizeOptions } from '../transforms/methods/mars/orthogonalize.ts'
export { orthogonalize } from '../transforms/methods/mars/orthogonalize.ts'
export type { PairedGradients } from '../transforms/methods/mars/pairedGradients.ts'
export { pairedGradients } from '../transforms/methods/mars/pairedGradients.ts'
export type { PairedState } from '../transforms/methods/mars/withPairedGradient.ts'
export { withPairedGradient } from '../transforms/methods/mars/withPairedGradient.ts'

// IVON
export { type IvonOptions, ivon } from '../transforms/methods/ivon/ivon.ts'
export { type IvonAccumulateOptions, ivonAccumulate } from '../transforms/methods/ivon/ivonAccumulate.ts'
export { ivonNoiseScale } from '../transforms/methods/ivon/ivonNoiseScale.ts'
export { type IvonPredictOptions, ivonPredict } from '../transforms/methods/ivon/ivonPredict.ts'
export { ivonSample } from '../transforms/methods/ivon/ivonSample.ts'
export {
  type HessApprox,
  type IvonState,
  type ScaleByIvonOptions,
  scaleByIvon,
} from '../transforms/methods/ivon/scaleByIvon.ts'
export {
  type SampledOptions,
  type SampledState,
  withSampledGradient,
} from '../transforms/methods/ivon/withSampledGradient.ts'

// Switch EMA
export type { EmaDecayWarmupOptions } from '../transforms/methods/switchEma/emaDecayWarmup.ts'
export { emaDecayWarmup } from '../transforms/methods/switchEma/emaDecayWarmup.ts'
export { emaParams } from '../transforms/methods/switchEma/emaParams.ts'
export type { SwitchEmaOptions, SwitchEmaState } from '../transforms/methods/switchEma/switchEma.ts'
export { switchEma } from '../transforms/methods/switchEma/switchEma.ts'

// Amos
export { type AmosOptions, amos } from '../transforms/methods/amos/amos.ts'
export type { AmosState } from '../transforms/methods/amos/amosRule.ts'
export { type Assignment, paramsFnFromAssignMap } from '../transforms/methods/amos/paramsFnFromAssignMap.ts'
export { type ScaleByAmosOptions, scaleByAmos, type VariableFn } from '../transforms/methods/amos/scaleByAmos.ts'

// BoostNet
export { boostedBases } from '../transforms/methods/boostnet/boostedBases.ts'
export { boostedGradients } from '../transforms/methods/boostnet/boostedGradients.ts'
export { type BoostedLossesOptions, boostedLosses } from '../transforms/methods/boostnet/boostedLosses.ts'
export { boostedPredict, type Indexing } from '../transforms/methods/boostnet/boostedPredict.ts'
export { earlyExit } from '../transforms/methods/boostnet/earlyExit.ts'
export { exitRescaleFactors } from '../transforms/methods/boostnet/exitRescaleFactors.ts'
export { exitShares } from '../transforms/methods/boostnet/exitShares.ts'
export { type Confidences, exitThresholds } from '../transforms/methods/boostnet/exitThresholds.ts'
export { gradientRescale } from '../transforms/methods/boostnet/gradientRescale.ts'
export type { Reweight, Scores } from '../transforms/methods/boostnet/logits.ts'
export {
  type LossEqualizer,
  type LossEqualizerState,
  lossEqualizer,
} from '../transforms/methods/boostnet/lossEqualizer.ts'

// Adam for binary networks
export { type AdamL2MaskedOptions, adamL2Masked, convolutionMask } from '../transforms/methods/adamBnn/adamL2Masked.ts'
export { type BinarizeWeightOptions, binarizeWeight } from '../transforms/methods/adamBnn/binarizeWeight.ts'
export { c2iRatio } from '../transforms/methods/adamBnn/c2iRatio.ts'
export { flipFlopRatio, type SignOfZero } from '../transforms/methods/adamBnn/flipFlopRatio.ts'
export { linearEpochDecay } from '../transforms/methods/adamBnn/linearEpochDecay.ts'
export { signApprox } from '../transforms/methods/adamBnn/signApprox.ts'
export { trackFlips } from '../transforms/methods/adamBnn/trackFlips.ts'
export {
  type TrainingStep,
  type TwoStepScheduleOptions,
  twoStepSchedule,
} from '../transforms/methods/adamBnn/twoStepSchedule.ts'

// LaPerm
export type {
  LookaheadPermutationOptions,
  LookaheadPermutationState,
} from '../transforms/methods/laperm/lookaheadPermutation.ts'
export { lookaheadPermutation } from '../transforms/methods/laperm/lookaheadPermutation.ts'
export type { OutAxis } from '../transforms/methods/laperm/outAxis.ts'
export { permuteLike } from '../transforms/methods/laperm/permuteLike.ts'
export type { WeightVectorOptions } from '../transforms/methods/laperm/sortWeightVectors.ts'
export { sortWeightVectors } from '../transforms/methods/laperm/sortWeightVectors.ts'
