/** What is said of states as data, of checkpoints and of files of tensors. */
import { describe, type ErrorCode, errorOf, type Fault, type ForegradError, faultAt, type Words } from './error.ts'
import { kindError, type LeafFault, lacking, noneOf, wrongKind } from './kinds.ts'

// States as data

export const notPlain = (path: string, x: unknown): Fault => wrongKind(path, 'plain data', x)
export const badData: Words = ['bad-argument', 'Give what toData made, or what JSON made of that.']
export const badStored: Words = ['bad-argument', 'Give a state, or train state, as the last step returned it.']
export const notStored = (x: unknown): LeafFault => ({
  expected: 'tensors, numbers, strings and booleans',
  got: describe(x),
})
/** A record of a user's own with a key that says what a record of ours is. */
export const ourKey = (key: string): LeafFault => ({ expected: `a record without the key ${key}`, got: 'one' })

export const moreOf = (path: string, expected: string, more: number): Fault => faultAt(path, expected, `${more} others`)
export const noNumberList = (path: string, data: unknown): Fault => wrongKind(path, 'a list of numbers', data)
export const otherLength = (path: string, size: number, got: number): Fault =>
  faultAt(path, `${size} numbers`, `${got}`)
export const noBase64 = (path: string, text: unknown): Fault => wrongKind(path, 'bytes in base64', text)
export const otherBytes = (path: string, wanted: number, got: number): Fault =>
  faultAt(path, `${wanted} bytes`, `${got}`)
export const noBits = (path: string, at: number): Fault => faultAt(path, 'bytes of 0 and 1', `another at ${at}`)
export const noField = (path: string): Fault => lacking(path, 'a field')
export const unknownWord = (path: string, words: readonly string[], x: unknown): Fault =>
  noneOf(path, words, describe(x))
export const noShapeOf = (path: string, shown: string): Fault => faultAt(path, 'a list of sizes from 0 up', shown)
export const otherVersion = (path: string, version: number, x: unknown): Fault => wrongKind(path, `${version}`, x)

// Metrics

export const severalRecords = (name: string): Fault => faultAt(`metrics: ${name}`, 'one record', 'several')
export const badRecords: Words = ['bad-argument', 'Give each record a name of its own.']
/** A number of a record that cannot be read: one of an array that is gone, or none. */
export const noMetric = (name: string, fault: LeafFault): ForegradError => metricError('disposed-tensor', name, fault)
export const noNumberIn = (name: string, leaf: unknown): ForegradError =>
  metricError('bad-argument', name, { expected: 'a number', got: describe(leaf) })

const metricError = (code: ErrorCode, name: string, { expected, got }: LeafFault): ForegradError =>
  errorOf(code, `metrics: ${name}`, expected, got, 'Give the state that the last step returned.')

// Checkpoints

export const badSkeleton = (path: string, got: string): ForegradError =>
  errorOf('bad-argument', `${path}: foregrad.tree`, 'the structure of a tree', got, 'Save it anew.')
export const noJson = 'no JSON'
export const tooManyLevels = 'too many levels'
export const lostTensors = (names: readonly string[]): string =>
  `one with tensors that are not there: ${names.join(', ')}`
export const otherStored = (path: string, expected: string, got: string): Fault => faultAt(path, expected, got)
export const furtherStored = (path: string, got: string): Fault => faultAt(path, 'nothing', got)
export const ofType = (type: string): string => `a ${type}`
export const listOf = (length: number): string => `an array of ${length}`
export const otherCheckpoint: Words = ['tree-mismatch', 'Give the checkpoint of this tree.']
export const savedWithoutTx = (path: string): Fault =>
  faultAt(path, 'a checkpoint that names its optimizer', 'one saved without tx')
export const otherOptimizer: Words = [
  'tree-mismatch',
  'Load with the optimizer that was saved; numbers in it may be others.',
]
const noLine = 'no such line'
/** A line of the formulas that two optimizers do not share. */
export const otherLine = (path: string, mine = noLine, theirs = noLine): Fault => faultAt(path, mine, theirs)
export const noBytes = (path: string, bytes: unknown): ForegradError =>
  kindError('bad-argument', path, 'a Uint8Array', bytes, 'Give what saveCheckpoint made.')
export const noPath = (where: string, path: unknown): ForegradError =>
  kindError('bad-argument', `${where}: path`, 'the path of a file', path, 'Give the path first, then the tree.')

// Files of tensors

export const badFile: Words = [
  'bad-argument',
  'Give the bytes of one whole file, as saveCheckpoint or safetensors made it.',
]
const fileError = (path: string, expected: string, got: string): ForegradError =>
  errorOf(badFile[0], path, expected, got, badFile[1])
export const noFile = (path: string, bytes: number): ForegradError =>
  fileError(path, 'a safetensors file', `${bytes} bytes`)
export const noHeader = (path: string, length: bigint, bytes: number): ForegradError =>
  fileError(path, `a header of ${length} bytes`, `${bytes} bytes`)
export const noRecordInHeader = (path: string): ForegradError =>
  fileError(path, 'a header that is a record in JSON', 'something else')
export const noEntry = (path: string, entry: unknown): Fault => wrongKind(path, 'dtype, shape and data_offsets', entry)
export const noDtype = (path: string, words: readonly string[], dtype: unknown): Fault =>
  wrongKind(path, `dtype ${words.join(', ')}`, dtype)
export const noOffsets = (path: string, most: number, offsets: unknown): Fault =>
  wrongKind(path, `data_offsets within ${most} bytes`, offsets)
export const notInOrder = (path: string, at: number, got: number): Fault =>
  faultAt(path, `its first byte at ${at}`, `${got}`)
export const furtherBytes = (path: string, at: number, most: number): Fault =>
  faultAt(path, `${at} bytes of numbers`, `${most}`)
export const noTexts = (path: string, metadata: unknown): Fault => wrongKind(path, 'a record of texts', metadata)
