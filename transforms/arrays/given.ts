/** Checks of what a function over array operations is given. */

import { type Excess, excessFaults } from '../../lib/data/excess.ts'
import { describe, type Fault, raiseAs } from '../../lib/errors/error.ts'
import { wrongKind } from '../../lib/errors/kinds.ts'
import { badCall, noOps, otherArray } from '../../lib/errors/transforms/arrays.ts'
import type { Shaped } from '../../lib/hosts/engine.ts'

const isArray = (x: unknown): x is Shaped => {
  const shape: unknown = typeof x === 'object' && x !== null && 'shape' in x ? x.shape : undefined
  return Array.isArray(shape) && shape.every(Number.isInteger)
}

const isOps = (x: unknown): boolean => typeof x === 'object' && x !== null && 'matMul' in x && 'make' in x

/** What is expected of the shape of an array, and whether it is so. */
export interface ShapeKind {
  readonly expected: string
  readonly test: (shape: readonly number[]) => boolean
}

export const aMatrix: ShapeKind = { expected: 'a matrix', test: ({ length }) => length === 2 }
export const aSquare: ShapeKind = {
  expected: 'a square matrix',
  test: ([n, m, ...more]) => n === m && more.length === 0,
}
/** An array that has these axes; those below 0 count from the end. */
export const withAxes = (axes: unknown): ShapeKind => ({
  expected: `an array that has the axes ${describe(axes)}`,
  test: ({ length }) =>
    Array.isArray(axes) && axes.every((axis) => Number.isInteger(axis) && axis >= -length && axis < length),
})

const arrayFaults = (path: string, x: unknown, { expected, test }: ShapeKind): Fault[] => {
  if (!isArray(x)) return [wrongKind(path, expected, x)]
  return test(x.shape) ? [] : [otherArray(path, expected, x.shape)]
}

/** Asks for array operations, and for arrays of shapes that fit, by name. Errors: `bad-argument`. */
export const checkGiven = (
  where: string,
  ops: unknown,
  arrays: Readonly<Record<string, readonly [x: unknown, kind: ShapeKind]>>,
  excess: Excess,
): void => {
  const isGiven = isOps(ops)
  const faults = [
    ...(isGiven ? [] : [noOps(where, ops)]),
    ...Object.entries(arrays).flatMap(([name, [x, kind]]) => arrayFaults(`${where}: ${name}`, x, kind)),
    ...excessFaults(where, excess),
  ]
  raiseAs(badCall, faults)
}
