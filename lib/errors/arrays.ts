/** What is said of arrays: of foregrad/arrays, of plain numbers, and of the operations on them. */
import { describe, errorOf, type Fault, type ForegradError, faultAt, type Words } from './error.ts'
import { type LeafFault, ofShape, shapeText, wrongKind } from './kinds.ts'
import { givenBack } from './trees.ts'

// foregrad/arrays

export const noSimd = (): ForegradError =>
  errorOf(
    'unsupported',
    'createArrays',
    'a runtime with WebAssembly SIMD',
    'one without',
    'Browsers have it since 2021 (Chrome 91, Firefox 89, Safari 16.4), Node since 16.4; float64(tx) runs everywhere.',
  )
export const otherInstance = 'an array of another instance'
export const floatsText = (length: number): string => `a Float32Array of ${length}`
export const noArray = (shape: readonly number[] | undefined, got: string): LeafFault => ({
  expected: shape ? `an array of ${ofShape(shape)}` : 'an array made by from',
  got,
})
export const readTooLate = (): ForegradError =>
  errorOf('disposed-tensor', 'data', 'an array that is alive', givenBack, 'Read it before it is disposed or donated.')
/** What is copied in and is no number; `isGivenBack` for an array of the memory that is gone. */
export const noNumbers = (x: unknown, isGivenBack: boolean): LeafFault => ({
  expected: 'numbers (a Float32Array, ndarray(data, shape), or nested arrays of numbers)',
  got: isGivenBack ? givenBack : describe(x),
})
export const numbersAdvice = 'Give numbers as the leaves.'

// Plain numbers

export const noNumbersOf = (shape: readonly number[] | undefined, got: string): LeafFault => ({
  expected: shape ? `numbers of ${ofShape(shape)}` : 'numbers',
  got,
})
export const noData = (data: unknown): Fault => wrongKind('ndarray: data', 'a Float64Array or a Float32Array', data)
export const noSizes = (path: string, shape: unknown): Fault => wrongKind(path, 'a list of sizes from 0 up', shape)
export const otherCount = (size: number, shape: readonly number[], got: number): Fault =>
  faultAt('ndarray', `${size} numbers for ${ofShape(shape)}`, `${got}`)
export const badNdArray: Words = ['bad-argument', 'Give as many numbers as the shape has places.']

/** What to do about an operation that cannot take what a stage gives it. */
export const correctStage = 'Correct the stage that calls it.'

/** What an operation cannot take, in words; tfjs does the same in its own. */
export const badShapes = (op: string, expected: string, shapes: readonly (readonly number[])[]): ForegradError =>
  errorOf('bad-argument', `ops.${op}`, expected, `shape ${shapes.map(shapeText).join(' and ')}`, correctStage)
export const takes = {
  spread: 'shapes that spread over each other',
  matMul: 'matrices [n, k] and [k, m]',
  transpose: (order: readonly number[]): string => `the axes of the array, in some order, for ${order.join(', ')}`,
  reshape: (shape: readonly number[]): string => `as many numbers as ${shapeText(shape)} has`,
  slice: (begin: readonly number[], size: readonly number[]): string =>
    `a part of ${size.join('·')} numbers from ${begin.join(', ')}`,
  concat: (axis: number): string => `arrays that differ along axis ${axis} alone`,
  argsort: 'an axis',
  take: 'arrays that differ along the last axis alone',
}

// Arrays that are stored

/** What a store cannot hold: an array that is gone, or of another dtype. */
export const goneArray = (got: string): LeafFault => ({ expected: 'an array', got })
export const goneTensor = (got: string): LeafFault => ({ expected: 'a tensor', got })
export const otherDtype = (dtypes: readonly string[], dtype: string): LeafFault => ({
  expected: `dtype ${dtypes.join(', ')}`,
  got: `dtype ${dtype}`,
})
