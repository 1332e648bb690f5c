/** What many errors say alike: a value of another kind, one that is missing, one too much, another shape. */
import { describe, type ErrorCode, errorOf, type Fault, type ForegradError, faultAt } from './error.ts'

/** What is wrong with a leaf, whose path its tree knows. */
export type LeafFault = Omit<Fault, 'path'>

/** A value of another kind than is wanted. */
export const wrongKind = (path: string, expected: string, value: unknown): Fault =>
  faultAt(path, expected, describe(value))

/** The error of one value of another kind. */
export const kindError = (
  code: ErrorCode,
  path: string,
  expected: string,
  value: unknown,
  advice: string,
): ForegradError => errorOf(code, path, expected, describe(value), advice)

/** What is not there. */
export const lacking = (path: string, expected: string): Fault => faultAt(path, expected, 'nothing')

/** What is there and should not be. */
export const unwanted = (path: string, value: unknown): Fault => faultAt(path, 'nothing', describe(value))

/** One of these words, or what is in their place. */
export const noneOf = (path: string, words: readonly string[], got: string): Fault =>
  faultAt(path, `one of ${words.join(', ')}`, got)

/** A shape in words. */
export const shapeText = (shape: readonly number[]): string => `[${shape.join(', ')}]`

/** A shape in words, called so. */
export const ofShape = (shape: readonly number[]): string => `shape ${shapeText(shape)}`

/** A leaf of another shape. */
export const wrongShape = (expected: readonly number[], got: readonly number[]): LeafFault => ({
  expected: ofShape(expected),
  got: ofShape(got),
})

/** What is said of a function by its name. */
export const functionText = (name: string | undefined): string => name || '(without a name)'

/** What is no leaf of any library. */
export const noShape = (x: unknown): LeafFault => ({ expected: 'something with a shape', got: describe(x) })
