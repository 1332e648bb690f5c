/** What is said of tensors of tfjs: leaves, losses and their gradients, backends' memory, models' weights. */
import { describe, type ErrorCode, errorOf, type Fault, type ForegradError, faultAt, type Words } from './error.ts'
import { kindError, type LeafFault, ofShape, shapeText } from './kinds.ts'
import { disposed } from './trees.ts'

const aTensor = 'a float32 tensor'

/** What is no float32 tensor, of a shape where one is asked for; `got` is what there is. */
export const noTensor = (shape: readonly number[] | undefined, got: string): LeafFault => ({
  expected: shape ? `${aTensor} of ${ofShape(shape)}` : aTensor,
  got,
})

/** A dtype in words. */
export const ofDtype = (dtype: string): string => `dtype ${dtype}`

/** A tensor of another copy of tfjs, or of none. */
export const unknownTensor = 'what tfjs knows no numbers of'

export const noTensorAt = (path: string, found: LeafFault): ForegradError =>
  errorOf('bad-argument', path, found.expected, found.got, 'Give a float32 tensor.')

// Losses

const loss = 'valueAndGrad: loss'

/** A loss that cannot be a number at once. */
export const asyncLoss = 'a Promise (the loss is async)'

const adviceOfLoss = (got: string, dtype: string | undefined): string => {
  if (got === asyncLoss)
    return 'Give a function that returns the loss at once: numbers are read from `value` after the step.'
  if (got === disposed) return 'Return the loss alive: the caller disposes it.'
  if (dtype !== undefined) return 'Cast what the loss is made of to float32: integers have no derivative.'
  return 'Reduce the loss to one number, with tf.mean for instance.'
}

const aScalar = 'a scalar tensor'
/** What a function of scores makes. */
export const scoresTensor = 'a tensor of scores'

const lossError = (got: string, dtype?: string, path = loss, makes = aScalar): ForegradError =>
  errorOf(got === disposed ? 'disposed-tensor' : 'bad-argument', path, makes, got, adviceOfLoss(got, dtype))

export const lossIsAsync = (path?: string, makes?: string): ForegradError =>
  lossError(asyncLoss, undefined, path, makes)
export const lossIsDisposed = (): ForegradError => lossError(disposed)
export const lossHasShape = (shape: readonly number[]): ForegradError => lossError(`a tensor of ${ofShape(shape)}`)
export const lossHasDtype = (dtype: string): ForegradError => lossError(`a scalar of dtype ${dtype}`, dtype)
export const lossIsNoTensor = (value: unknown): ForegradError => lossError(describe(value))
export const noLoss = (given: unknown, path = loss, makes = aScalar): ForegradError =>
  kindError('bad-argument', path, 'a function of the parameters', given, `Give a function that returns ${makes}.`)

// Gradients

/** A loss that trains nothing. */
const noGradient = (got: string): ForegradError =>
  errorOf(
    'no-gradient',
    loss,
    'a loss that hangs on at least one of the parameters',
    got,
    'Likely causes: numbers read out in the loss (dataSync, arraySync, data) or a tensor built anew from them; argMax, a comparison or another op without a derivative; parameters that the loss forgets, or takes from elsewhere than from its argument.',
  )
/** The way from the parameters to the loss ends at an op, or never began. */
export const noWay = (op: string | undefined): ForegradError =>
  noGradient(op === undefined ? 'one that no parameter leads to' : `one behind ${op}, which passes no gradient on`)
export const numbersRead = (): ForegradError => noGradient('numbers read out with dataSync or arraySync')

const noGradientOf = (path: string, expected: string, got: string, advice: string): ForegradError =>
  errorOf('missing-gradients', path, expected, got, advice)

export const noGradientsAtAll = (kernel: string): ForegradError =>
  noGradientOf(
    'valueAndGrad',
    `the gradient of ${kernel}`,
    'none registered',
    "tfjs-core alone has no gradients: import 'foregrad/gradients' once, before training.",
  )
export const noGradientOfKernel = (kernel: string): ForegradError =>
  noGradientOf(
    loss,
    'ops that tfjs can differentiate',
    kernel,
    'Take another op, give this one a gradient with tf.customGrad, or keep it off the way from params to the loss.',
  )
export const noKernel = (kernel: string, backend: string): ForegradError =>
  errorOf(
    'unsupported',
    loss,
    `ops that the ${backend} backend has`,
    kernel,
    'Take other ops for it, or another backend with useBackend.',
  )
export const noMemoryOfWasm = (): ForegradError =>
  errorOf(
    'unsupported',
    'tf.backend()',
    "tfjs's wasm backend with its memory",
    'none',
    'Use a version of @tensorflow/tfjs-backend-wasm that foregrad knows (4.22).',
  )
export const noSegmentsOf = (dtype: string): ForegradError =>
  errorOf('unsupported', 'unsortedSegmentSum: x', 'float32 or int32', dtype, 'Cast it first.')

// The Hessian

export const hvpAdvice = 'Give trees of float32 tensors, v shaped like the parameters.'
export const otherVector = (path: string, expected: readonly number[], got: readonly number[]): Fault =>
  faultAt(path, shapeText(expected), shapeText(got))

// Backends whose numbers must be waited for

const notNow = (path: string, backend: string, advice: string, cause: unknown): ForegradError =>
  errorOf('unsupported', path, 'a backend that can be read at once', backend, `${advice} (${(cause as Error).message})`)
export const stageNotNow = (backend: string, cause: unknown): ForegradError =>
  notNow('array stage', backend, 'Take another backend for it.', cause)
export const dataNotNow = (backend: string, cause: unknown): ForegradError =>
  notNow('toData', backend, 'Use await toDataAsync(state) there.', cause)

// Models

const otherModel: ErrorCode = 'tree-mismatch'

export const stranger = (name: string): Fault => faultAt(name, 'a variable of the first step', 'another one')
export const otherVariables: Words = [otherModel, 'Make another optimizer for other variables.']
export const otherWeights: Words = [otherModel, 'Give the weights of the same optimizer, for the same model.']
export const weightsOfAnother = (path: string, isVariable: boolean, of: string | undefined): Fault =>
  faultAt(path, isVariable ? 'its weights' : 'a variable', of ? `those of ${of}` : 'none')
/** A weight of another shape, or that is missing; a number of the state where no shape is expected. */
export const wrongWeight = (
  path: string,
  expected: readonly number[] | undefined,
  got: readonly number[] | undefined,
): Fault =>
  faultAt(path, expected ? `a weight of ${ofShape(expected)}` : 'the bits of a number', got ? ofShape(got) : 'nothing')
export const furtherWeight = (path: string): Fault => faultAt(path, 'no such weight', 'one')
export const unknownOptimizer = (rule: unknown): ForegradError =>
  errorOf(
    'unsupported',
    'optimizer',
    'one that this program has made',
    `another one:\n${rule}`,
    'Call toOptimizer with the same optimizer before the model is loaded.',
  )

// Kernels of our own in the place of tfjs's

/** An index that no row of a table has, as tfjs says it. */
export const noRowAt = (index: number | undefined, rows: number): string =>
  `GatherV2: the index value ${index} is not in [0, ${rows - 1}]`
