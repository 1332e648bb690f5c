/** What is said of methods: of matrices, of binary and boosted nets, of draws, and of what they are given by name. */
import { errorOf, type Fault, type Finding, type ForegradError, faultAt, type Words } from '../error.ts'
import { kindError, ofShape, shapeText, wrongKind } from '../kinds.ts'
import { missingSignal, wrongSignal } from '../states.ts'

// Matrices

const rank2OrMore = 'a leaf of rank 2 or more'

export const noDimensionNumbers = (path: string): Fault => faultAt(path, 'dimension numbers for the leaf', 'none')
export const notDimensionNumbers = (path: string, numbers: unknown): Fault =>
  wrongKind(path, 'a record of dimension numbers', numbers)
export const noMatrix = (path: string, shape: readonly number[]): Fault => faultAt(path, rank2OrMore, ofShape(shape))
export const otherAxes = (path: string, axes: readonly number[], shape: readonly number[]): Fault =>
  faultAt(path, `axes of the leaf, each once, for ${axes.join(', ')}`, ofShape(shape))
export const unnamedAxes = (path: string, shape: readonly number[]): Fault =>
  faultAt(path, 'dimension numbers that name every axis', ofShape(shape))
export const sayAxesOrPart = 'Say its axes by weightDimensionNumbers, or put it under partition.'
export const sayAxesOrLeave = 'Say its axes by weightDimensionNumbers, or leave the leaf out by nothing.'
export const notOfRank2 = (path: string, shape: readonly number[]): Fault =>
  faultAt(path, 'a leaf of rank 2', ofShape(shape))
export const partByRank = 'Put it under partition or masked, by the rank of the leaves.'

export const tooManySteps = (where: string, steps: number, rows: number): ForegradError =>
  errorOf(
    'bad-hyperparameter',
    `${where}: nsCoeffs`,
    `coefficients of at most ${steps} steps, as nsSteps says`,
    `those of ${rows}`,
    'Raise nsSteps, or leave some out.',
  )
export const noBlockState = (state: unknown): Fault => wrongKind('state', 'a record with the key inner', state)
export const noProbability = (expected: string, got: unknown): Finding => ({
  fault: wrongKind('preconditionerUpdateProbability', expected, got),
  code: 'bad-hyperparameter',
  advice: 'Correct the schedule.',
})

// Norms

export const noNormFor = (path: string, norm: string, shape: readonly number[]): Fault =>
  faultAt(path, `${rank2OrMore} for the norm '${norm}'`, ofShape(shape))
export const unknownNorm = (path: string, norms: string, norm: unknown): Fault =>
  wrongKind(path, `one of ${norms}`, norm)
export const otherNorm: Words = ['tree-mismatch', 'Give the leaf another norm.']

// Amos

export const noSlotShape = (leaf: string, shape: readonly number[], got: string): ForegradError =>
  errorOf(
    'bad-hyperparameter',
    `amos: shapeFn: ${leaf}`,
    `a shape that spreads over ${shapeText(shape)}`,
    got,
    'Give [] for one number, or the shape with 1 on the axes to average over.',
  )
export const noScaleOf = (leaf: string, expected: string, got: unknown): ForegradError =>
  errorOf(
    'bad-hyperparameter',
    `amos: etaFn: ${leaf}`,
    expected,
    String(got),
    'Give every variable a scale, by paramsFnFromAssignMap for instance.',
  )

const assignMap = (name: string): string => `paramsFnFromAssignMap: ${name}`

export const noRows = (assignments: unknown): Fault =>
  wrongKind(assignMap('assignments'), 'a list of rows', assignments)
export const noRow = (i: number, row: unknown): Fault =>
  wrongKind(assignMap(`assignments[${i}]`), '[pattern, value]', row)
export const badRows: Words = ['bad-hyperparameter', 'Give rows of a pattern and a value.']
export const noPattern = (name: string): ForegradError =>
  errorOf(
    'bad-hyperparameter',
    assignMap(name),
    'a pattern that matches',
    'none',
    "Add a row for it, or ['.*', value] as the last one.",
  )

// Binary nets

export const nothingCounts = (): ForegradError =>
  errorOf('bad-argument', 'mask', 'a leaf that counts', 'none', 'Let the mask be true for the binary weights.')
export const tensorTreesAdvice = 'Give trees of float32 tensors.'
export const numberTreesAdvice = 'Give trees of numbers.'
export const twoTreesAdvice = 'Give two trees of the same structure and shapes.'

// Boosted nets

export const otherThresholds = (exits: number, got: number): ForegradError =>
  errorOf(
    'bad-argument',
    'earlyExit: thresholds',
    `a threshold for each of ${exits} exits`,
    String(got),
    'Give the thresholds that exitThresholds made for this network.',
  )
export const otherSampleCount = (exit: number, samples: number | undefined, got: number): Fault =>
  faultAt(`exitThresholds: confidences[${exit}]`, `${samples} numbers`, String(got))
export const otherShares = (exits: number, got: number): Fault =>
  faultAt('exitThresholds: shares', `one share for each of ${exits} exits`, String(got))
export const badShares: Words = ['bad-argument', 'Give one list of confidences and one share for every exit.']
export const noExits = (where: string, logits: unknown): Fault =>
  wrongKind(where, 'the scores of one exit or more', logits)
export const noScores = (path: string, scores: unknown): Fault =>
  wrongKind(path, 'a tensor, or rows of numbers', scores)
export const mixedScores = (where: string): Fault => faultAt(where, 'tensors', 'tensors and others')
export const badScores: Words = ['bad-argument', 'Give a list: the scores of every exit, [rows, classes] each.']
export const noFactors = (where: string, exits: number, rho: unknown): ForegradError =>
  kindError(
    'bad-hyperparameter',
    `${where}: rho`,
    `a finite number, or ${exits} of them`,
    rho,
    'One number for all exits is best: then training and inference agree.',
  )
export const noLossOf = (exit: number, loss: number): Fault =>
  faultAt(`lossEqualizer: losses[${exit}]`, 'a number above 0', String(loss))
export const otherLosses = (expected: number, got: number): Fault =>
  faultAt('lossEqualizer: losses', `${expected} losses`, `${got}`)
export const badLosses: Words = ['bad-argument', 'Give the loss of every exit, in order.']

// Permutations

const lookahead = (name: string): string => `lookaheadPermutation: ${name}`
const syncNow = 'extra.syncNow'
const aBoolean = 'a boolean'

export const missingSyncNow = (): Finding =>
  missingSignal(lookahead(syncNow), 'Pass { syncNow } as extra, or give k.', [], aBoolean)
export const wrongSyncNow = (x: unknown): Finding => ({
  ...wrongSignal(lookahead(syncNow), x, aBoolean),
  advice: 'A signal is true or false.',
})
export const noPeriod = (count: number, expected: string, got: unknown): Finding => ({
  fault: wrongKind(lookahead(`k(${count})`), expected, got),
  code: 'bad-hyperparameter',
  advice: 'Correct the function of the count.',
})
export const noOutAxis = (leaf: string, rank: number, axis: unknown): ForegradError =>
  kindError(
    'bad-argument',
    `outAxis: ${leaf}`,
    `an axis of a leaf of rank ${rank}`,
    axis,
    'Give outAxis (the axis of outputs), or leave the leaf out by mask.',
  )
export const noTensors: Words = ['bad-argument', 'Give float32 tensors.']
export const otherVectors = (like: readonly number[], sorted: readonly number[]): ForegradError =>
  errorOf(
    'tree-mismatch',
    'permuteLike: sorted',
    ofShape(like),
    ofShape(sorted),
    'Give vectors that sortWeightVectors made of a leaf shaped like x.',
  )

// Averages of weights

export const warmupBesideSchedule = (warmup: unknown): ForegradError =>
  kindError(
    'bad-hyperparameter',
    'switchEma: warmup',
    'nothing beside a schedule',
    warmup,
    'Let the schedule warm up, or give decay as a number.',
  )

// What is given by name

export const passGradAtPrevious =
  'Train with withPairedGradient, or pass { gradAtPrevious }: the gradient of this batch at the parameters before the last update.'
export const passNoiseOfSample = 'Pass { noise }: the normal numbers that ivonSample was given for this gradient.'
export const passPrecision = 'Pass { hess, ess, weightDecay } of the state of scaleByIvon.'
export const passDraw =
  'An update of IVON needs the draw at which the gradient was taken: train with withSampledGradient, or pass { noise } as given to ivonSample.'
export const passMeans =
  'With several samples a step an update needs the means over them: train with withSampledGradient, or pass the means of ivonAccumulate, { products } among them.'
export const passNextDraw =
  'The mark of IVON needs the next draw: train with withSampledGradient, or pass { nextNoise }, a tree of normal numbers.'
