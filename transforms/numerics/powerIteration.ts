import { checkRunArgument, checkRunOptions, type Kind, notNegative, positiveInteger } from '../../lib/check/options.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { dot, type Matrix, square, timesVector, vector } from './matrix.ts'

/** Options of `powerIteration`. */
export interface PowerIterationOptions {
  /** The vector to begin with. */
  readonly v0?: readonly number[]
  readonly numIters?: number
  readonly errorTolerance?: number
}

/** An eigenvalue, and a vector of length 1 that the matrix multiplies by it. */
export interface Eigenpair {
  readonly eigenvalue: number
  readonly eigenvector: readonly number[]
}

const list: Kind = { expected: 'a list of numbers', test: Array.isArray }
const kinds = { v0: list, numIters: positiveInteger, errorTolerance: notNegative }

const normalised = (x: readonly number[]): number[] => {
  const length = Math.sqrt(dot(x, x))
  return length === 0 ? [...x] : x.map((value) => value / length)
}

/** Numbers between −1 and 1 that favour no direction: the same in every run. */
const anywhere = (size: number): number[] => Array.from({ length: size }, (_, i) => Math.sin(12.9898 * (i + 1)) || 1)

/**
 * The eigenvalue of the largest absolute value, and its eigenvector, by repeated multiplication.
 *
 *     v ← A·v / ‖A·v‖,  λ = vᵀ·A·v,  until ‖A·v − λ·v‖ ≤ errorTolerance·|λ|
 *
 * Shapes: A [n, n], row by row; v0, eigenvector [n]. In float64. Defaults: v0 = numbers that favour no direction, numIters = 100, errorTolerance = 1e-6.
 * Where two eigenvalues are equally large it need not settle. Errors: `bad-argument`.
 * Source: optax, `power_iteration`, which draws v0.
 */
export const powerIteration = (a: Matrix, options: PowerIterationOptions = {}, ...excess: Excess): Eigenpair => {
  noExcess('powerIteration', excess)
  checkRunOptions('powerIteration', options, kinds)
  checkRunArgument('powerIteration: matrix', a, square)
  if (options.v0 !== undefined) checkRunArgument('powerIteration: v0', options.v0, vector(a.length))
  const { v0 = anywhere(a.length), numIters = 100, errorTolerance = 1e-6 } = options
  let v = normalised(v0)
  let z = timesVector(a, v)
  let eigenvalue = dot(v, z)
  for (let i = 0; i < numIters; i++) {
    const far = Math.sqrt(z.reduce((sum, value, k) => sum + (value - eigenvalue * (v[k] as number)) ** 2, 0))
    if (far <= errorTolerance * Math.abs(eigenvalue)) break
    v = normalised(z)
    z = timesVector(a, v)
    eigenvalue = dot(v, z)
  }
  return { eigenvalue, eigenvector: normalised(z) }
}
