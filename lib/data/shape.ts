/** How many numbers an array of this shape has. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1)

const isSize = (d: unknown): boolean => Number.isInteger(d) && (d as number) >= 0 && !Object.is(d, -0)

/** True for the shape of an array that a machine can hold: a list without holes of whole sizes from 0 up. */
export const isShape = (x: unknown): x is readonly number[] =>
  Array.isArray(x) && x.length < 100 && Array.from(x).every(isSize) && Number.isSafeInteger(sizeOf(x))
