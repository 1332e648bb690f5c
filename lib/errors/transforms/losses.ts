/** What is said of losses: their arrays, shapes, axes and options. */
import { errorOf, type Fault, type ForegradError, faultAt, type Words } from '../error.ts'
import { kindError, type LeafFault, ofShape, shapeText, wrongKind } from '../kinds.ts'
import { unknownOption } from '../options.ts'

export const badLoss: Words = ['bad-argument', 'Correct the arguments of the loss.']

export const unknownOptionOfLoss = (path: string, known: readonly string[]): Fault =>
  unknownOption(path, known.length > 0 ? known : ['no options'])
export const noOptionsOfLoss = (where: string, options: unknown): Fault =>
  wrongKind(where, 'a record of options', options)

// Shapes

const otherShape = (path: string, expected: string, got: readonly number[]): Fault =>
  faultAt(path, expected, ofShape(got))

export const otherThanBefore = (path: string, before: readonly number[], got: readonly number[]): Fault =>
  otherShape(path, `${ofShape(before)}, as the array before it has`, got)
export const doesNotSpread = (path: string, over: readonly number[], got: readonly number[]): Fault =>
  otherShape(path, `a shape that spreads over ${shapeText(over)}`, got)
export const notOfShape = (path: string, shape: readonly number[], got: readonly number[]): Fault =>
  otherShape(path, ofShape(shape), got)
export const notOfRank = (path: string, rank: number, orMore: boolean, got: readonly number[]): Fault =>
  otherShape(path, `${rank} axes${orMore ? ' or more' : ''}`, got)
export const wrongAxesOf = (where: string, rank: number, axes: readonly number[]): Fault =>
  faultAt(`${where}: axis`, `different axes of an array of ${rank}`, shapeText(axes))

// Tensors

const ofNumbers = 'a tensor of numbers'

/** What there is where a tensor was disposed, or has no numbers. */
export const disposedOne = 'a disposed one'
export const oneOfDtype = (dtype: string): string => `one of ${dtype}`

export const noTensorIn = (got: string): LeafFault => ({ expected: 'a tensor', got })
export const noNumbersIn = (dtype: string): LeafFault => ({ expected: ofNumbers, got: oneOfDtype(dtype) })
export const noTensorOfNumbers = (path: string, got: string): Fault => faultAt(path, ofNumbers, got)

// Single losses

export const noBlank = (where: string, classes: number, blankId: number): ForegradError =>
  errorOf(
    'bad-argument',
    `${where}: blankId`,
    `a class below ${classes}`,
    `${blankId}`,
    'Name the class of logits that stands for no label.',
  )
export const noMaxFun = (maxFun: unknown): ForegradError =>
  kindError(
    'bad-argument',
    'makeFenchelYoungLoss: maxFun',
    'a function of a row of scores',
    maxFun,
    'Give a function from scores to their maximum.',
  )
export const noAlpha = (name: string, alpha: unknown): ForegradError =>
  kindError(
    'bad-argument',
    `${name}: alpha`,
    'a number from 0 to 1',
    alpha,
    'Say what part of the labels is to be uniform.',
  )
