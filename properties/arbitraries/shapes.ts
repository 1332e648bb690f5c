import fc from 'fast-check'

const known: readonly (readonly number[])[] = [
  [],
  [1],
  [2],
  [3],
  [4],
  [5],
  [7],
  [8],
  [1, 1],
  [2, 3],
  [2, 2, 2],
  [15],
  [16],
  [17],
  [3, 11],
  [0],
  [2, 0],
]

/**
 * Shapes of leaves: scalars, leaves without elements, and lengths on both sides of the multiples of 4 and 16, where a kernel's body ends
 * and its tail begins.
 */
export const shapes: fc.Arbitrary<readonly number[]> = fc.constantFrom(...known)
