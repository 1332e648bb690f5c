import { checkRunArgument, checkRunOptions, notNegative, positiveInteger } from '../../lib/check/options.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { fromIdentity, type Matrix, product, shifted, square } from './matrix.ts'
import { powerIteration } from './powerIteration.ts'

/** Options of `matrixInversePthRoot`. */
export interface MatrixInversePthRootOptions {
  readonly numIters?: number
  /** What is added to the diagonal, as a part of the largest eigenvalue. */
  readonly ridgeEpsilon?: number
  readonly errorTolerance?: number
}

/** The root, and how far the iteration was from its end: the largest |M − I|. */
export interface InverseRoot {
  readonly root: readonly (readonly number[])[]
  readonly error: number
}

const kinds = { numIters: positiveInteger, ridgeEpsilon: notNegative, errorTolerance: notNegative }

const power = (a: Matrix, p: number): Matrix => {
  let made = a
  for (let i = 1; i < p; i++) made = product(made, a)
  return made
}

/**
 * A^(−1/p) of a symmetric matrix without negative eigenvalues, by coupled Newton iterations.
 *
 *     D = A + ridgeEpsilon·λmax·I,  z = (1 + p) / (2·‖D‖),  M = z·D,  H = z^(1/p)·I
 *     until |M − I| ≤ errorTolerance:  T = ((p + 1)·I − M) / p;  M ← T^p·M;  H ← H·T
 *
 * It ends, too, where the error grows by more than a fifth, with the H before. Shapes: A [n, n], row by row. In float64.
 * Defaults: numIters = 100, ridgeEpsilon = 1e-6, errorTolerance = 1e-6. Errors: `bad-argument`.
 * Source: Higham 2008, Functions of Matrices, (7.18); optax, `matrix_inverse_pth_root`, which takes p of 1, 2, 4 and 8 alone and works in float32.
 */
export const matrixInversePthRoot = (
  a: Matrix,
  p: number,
  options: MatrixInversePthRootOptions = {},
  ...excess: Excess
): InverseRoot => {
  noExcess('matrixInversePthRoot', excess)
  checkRunOptions('matrixInversePthRoot', options, kinds)
  checkRunArgument('matrixInversePthRoot: matrix', a, square)
  checkRunArgument('matrixInversePthRoot: p', p, positiveInteger)
  const { numIters = 100, ridgeEpsilon = 1e-6, errorTolerance = 1e-6 } = options
  const ridge = ridgeEpsilon * Math.max(powerIteration(a).eigenvalue, 1e-16)
  const damped = shifted(ridge, 1, a)
  const z = (1 + p) / (2 * Math.sqrt(damped.flat().reduce((sum, value) => sum + value * value, 0)))
  let m: Matrix = shifted(0, z, damped)
  let [before, h]: [Matrix, Matrix] = [a, shifted(z ** (1 / p), 0, a)]
  let error = fromIdentity(m)
  for (let i = 0; i < numIters && error > errorTolerance; i++) {
    const t = shifted((p + 1) / p, -1 / p, m)
    m = product(power(t, p), m)
    before = h
    h = product(h, t)
    const next = fromIdentity(m)
    if (!(next < error * 1.2)) return { root: before, error: next }
    error = next
  }
  return { root: h, error }
}
