/** The names of optax (2edbcbe2) that mean something in TypeScript, in camelCase, and why some of them are not exported here. */

const words = (text: string): readonly string[] => text.trim().split(/\s+/)

/** By optax's modules. `treeMapParams` is one of `optax.tree` and of `optax` itself. */
export const optaxNames: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  Object.entries({
    optimizers: `
      sgd adam adamw lion rmsprop adafactor amsgrad adabelief adagrad lamb nadam nadamw adamax adadelta adan radam
      yogi lars lbfgs adamaxw signSgd signum noisySgd rprop optimisticGradientDescent optimisticAdam
      optimisticAdamV2 sm3 novograd fromage polyakSgd`,
    transformations: `
      scale scaleByLearningRate scaleBySchedule scaleByAdam scaleByLion scaleByRms trace ema addDecayedWeights
      clip clipByGlobalNorm identity scaleByFactoredRms setToZero stateless statelessWithTreeMap scaleByAmsgrad
      scaleByBelief scaleByStddev scaleByRss scaleByTrustRatio clipByBlockRms zeroNans scaleByAdamax scaleByAdan
      scaleByAdadelta scaleByRadam scaleByYogi scaleByParamBlockRms scaleByLbfgs scaleByZoomLinesearch
      adaptiveGradClip normalizeByUpdateNorm centralize keepParamsNonnegative snapshot monitor scaleBySign
      scaleByRprop scaleByOptimisticGradient scaleByNovograd scaleBySm3 scaleByParamBlockNorm
      scaleByDistanceOverGradients scaleByPolyak scaleByBacktrackingLinesearch valueAndGradFromState applyEvery
      addNoise perExampleGlobalNormClip perExampleLayerNormClip unitwiseClip unitwiseNorm measureWithEma`,
    combinators: `
      chain partition multiTransform namedChain`,
    wrappers: `
      masked freeze selectiveTransform MultiSteps applyIfFinite injectHyperparams withExtraArgsSupport
      skipNotFinite flatten lookahead skipLargeUpdates conditionallyMask conditionallyTransform
      injectStatefulHyperparams`,
    updates: `
      applyUpdates incrementalUpdate periodicUpdate`,
    schedules: `
      constantSchedule linearSchedule cosineDecaySchedule exponentialDecay warmupCosineDecaySchedule joinSchedules
      piecewiseConstantSchedule cosineOnecycleSchedule warmupConstantSchedule polynomialSchedule
      piecewiseInterpolateSchedule linearOnecycleSchedule warmupExponentialDecaySchedule sgdrSchedule`,
    losses: `
      squaredError l2Loss huberLoss sigmoidBinaryCrossEntropy softmaxCrossEntropy
      softmaxCrossEntropyWithIntegerLabels klDivergence smoothLabels logCosh cosineSimilarity cosineDistance
      sigmoidFocalLoss safeSoftmaxCrossEntropy klDivergenceWithLogTargets hingeLoss ntxent tripletMarginLoss
      diceLoss binaryDiceLoss polyLossCrossEntropy generalizedKlDivergence convexKlDivergence perceptronLoss
      sparsemaxLoss multiclassHingeLoss multiclassPerceptronLoss multiclassSparsemaxLoss ctcLoss
      ctcLossWithForwardProbs rankingSoftmaxLoss multiclassGeneralizedDiceLoss makeFenchelYoungLoss`,
    projections: `
      projectionNonNegative projectionBox projectionL2Ball projectionHypercube projectionLinfBall
      projectionL2Sphere projectionL1Ball projectionSimplex projectionL1Sphere projectionVector
      projectionHyperplane projectionHalfspace`,
    perturbations: `
      makePerturbedFun Gumbel Normal`,
    tree: `
      treeAdd treeSub treeMul treeDiv treeScale treeAddScale treeZerosLike treeOnesLike treeFullLike treeSum
      treeNorm treeVdot treeUpdateMoment treeUpdateMomentPerElemNorm treeBiasCorrection treeGet treeSet
      biasCorrection updateMoment updateMomentPerElemNorm treeClip treeWhere treeCast treeCastLike treeRandomLike
      treeMax treeMin treeSize treeAllclose treeDtype treeUpdateInfinityMoment treeMapParams treeGetAllWithPath
      updateInfinityMoment treeConj treeReal treeBatchShape treeSplitKeyLike treeUnwrapRandomKeyData NamedTupleKey`,
    numerics: `
      safeIncrement safeInt32Increment globalNorm safeNorm safeRootMeanSquares scaleGradient powerIteration
      matrixInversePthRoot nnls multiNormal`,
    secondOrder: `
      hvp hessianDiag fisherDiag`,
    assignment: `
      hungarianAlgorithm baseHungarianAlgorithm`,
    contrib: `
      muon scaleByMuon reduceOnPlateau ademamix scaleByAdemamix adopt scaleByAdopt dadaptAdamw prodigy sam
      normalize scheduleFree scheduleFreeSgd scheduleFreeAdamw scheduleFreeEvalParams MuonDimensionNumbers acprop
      scaleByAcprop simplifiedAdemamix scaleBySimplifiedAdemamix cocob scaleByCocob madgrad scaleByMadgrad dog
      dowg mechanize momo momoAdam galore scaleByGalore sophia hutchinsonEstimatorDiagHessian dpsgd
      differentiallyPrivateAggregate splitRealAndImaginary GaLoreDimensionNumbers`,
    microbatching: `
      microbatch microVmap microGrad reshapeBatchAxis Accumulator AccumulationType`,
    aggregating: `
      process averagePerElementUpdates accumulateAvgUpdates averageIncrementallyUpdates
      getBatchSizeFromPerEltUpdates getPerElementMeanAndSumSqDiffGrads trackPerElementMeanAndVarianceWithEma
      getUnbiasedMeanAndVarianceEma addMeanVarianceToOpt`,
  }).map(([module, text]) => [module, words(text)]),
)

/** Optax's older names and classes, and the name that does the same here. */
export const renamedFromOptax: Readonly<Record<string, string>> = {
  MultiSteps: 'multiSteps',
  biasCorrection: 'treeBiasCorrection',
  updateMoment: 'treeUpdateMoment',
  updateMomentPerElemNorm: 'treeUpdateMomentPerElemNorm',
  updateInfinityMoment: 'treeUpdateInfinityMoment',
  safeInt32Increment: 'safeIncrement',
  injectStatefulHyperparams: 'injectHyperparams',
  baseHungarianAlgorithm: 'hungarianAlgorithm',
  Gumbel: 'gumbels',
  Normal: 'normals',
}

const complex = 'complex numbers: no host here trains them'
const examples =
  'needs the gradient of each example of a batch, which autodiff of tfjs and plain arrays has no way to make at once'
const vmap =
  'a rewriting of `vmap` and `grad`; here `multiSteps` accumulates, and a loop over parts of a batch is the caller’s'

/** Names without a counterpart, and the reason. */
export const leftOfOptax: Readonly<Record<string, string>> = {
  withExtraArgsSupport: 'every transformation takes what is given as `extra`',
  treeConj: complex,
  treeReal: complex,
  splitRealAndImaginary: complex,
  treeUnwrapRandomKeyData: 'keys are two plain numbers; there is nothing to unwrap',
  NamedTupleKey: 'the place in a tree is text, `[0].count`; states are records',
  multiNormal: 'a distribution of the parameters; `normals` and a `record` of its numbers make one',
  MuonDimensionNumbers: 'a type: `MuonDimensionNumbers` is one here, too',
  GaLoreDimensionNumbers: 'a type: `MuonDimensionNumbers` says the same of `weightDimensionNumbers`',
  dpsgd: examples,
  differentiallyPrivateAggregate: examples,
  microbatch: vmap,
  microVmap: vmap,
  microGrad: vmap,
  reshapeBatchAxis: vmap,
  Accumulator: vmap,
  AccumulationType: vmap,
  process: examples,
  averagePerElementUpdates: examples,
  accumulateAvgUpdates: examples,
  averageIncrementallyUpdates: examples,
  getBatchSizeFromPerEltUpdates: examples,
  getPerElementMeanAndSumSqDiffGrads: examples,
  trackPerElementMeanAndVarianceWithEma: examples,
  getUnbiasedMeanAndVarianceEma: examples,
  addMeanVarianceToOpt: examples,
}
