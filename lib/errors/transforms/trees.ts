/** What is said of functions of trees: keys, dtypes, examples, projections, samplers. */
import { errorOf, type Fault, type ForegradError, faultAt, type Words } from '../error.ts'
import { kindError, type LeafFault, lacking, ofShape, wrongKind } from '../kinds.ts'

// Keys

export const severalPlaces = (paths: readonly string[]): ForegradError =>
  errorOf('bad-argument', 'treeGet: key', 'a key of one place', paths.join(', '), 'Choose the place by `test`.')
export const noSuchKey = (key: string): Fault => wrongKind(`treeSet: values.${key}`, 'a key of the tree', key)
export const badKeys: Words = ['bad-argument', 'Correct the key.']

// States

export const noStateInside = (where: string, of: string, state: unknown): ForegradError =>
  kindError(
    'bad-argument',
    `${where}: state`,
    `a state of ${of}`,
    state,
    `Give the state, or train state, of an optimizer inside ${of}.`,
  )
export const nothingUnder = (path: string, key: string | number): Fault => lacking(path, `something under ${key}`)
export const otherTrees: Words = ['bad-argument', 'Give trees of the structure of the parameters.']
export const noParamsToMap = (): ForegradError =>
  errorOf(
    'bad-argument',
    'treeMapParams: params',
    'the parameters, for a stage written by hand',
    'nothing',
    'Give `params`, or a tree of their structure.',
  )

// Leaves

export const noTrees: Words = ['bad-argument', 'Give trees of tensors.']
export const wrongLeaf = (where: string, { expected, got }: LeafFault): Fault =>
  faultAt(`${where}: a leaf`, expected, got)
export const mixedDtypes: Words = ['bad-argument', "Say 'promote', 'highest' or 'lowest'."]
export const otherExamples = (path: string, count: number, shape: readonly number[]): Fault =>
  faultAt(path, `${count} examples along the first axis`, ofShape(shape))
export const badExamples: Words = [
  'tree-mismatch',
  'Give the gradients of each example, one after another along the first axis of every leaf.',
]
export const otherDraw = (where: string, count: number, drawn: unknown): ForegradError =>
  kindError(
    'bad-argument',
    `${where}: sampler`,
    `a Float32Array of ${count} numbers`,
    drawn,
    'Draw as many numbers as are asked for.',
  )

// Numbers

export const noNumberFor = (where: string, expected: string, x: unknown): ForegradError =>
  kindError('bad-argument', where, expected, x, 'Correct the argument.')
export const unknownBesideScale = (path: string): Fault => faultAt(path, 'one of scale', 'an unknown option')
export const noScale = (where: string, scale: unknown): Fault => wrongKind(`${where}: scale`, 'a number above 0', scale)
export const badScale: Words = ['bad-hyperparameter', 'Say how large the set is.']
export const noOffset = (b: unknown): ForegradError =>
  kindError(
    'bad-hyperparameter',
    'projection: b',
    'a finite number',
    b,
    'Give the number that the product with a is held to.',
  )
