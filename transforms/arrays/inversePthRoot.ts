import { checkRunArgument, checkRunOptions, notNegative, positive } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { NdArray } from '../../lib/data/ndArray.ts'
import { type ArrayOps, type Follow, onNumbers, readsNow } from '../../lib/hosts/arrayOps.ts'
import type { Shaped } from '../../lib/hosts/engine.ts'
import { symmetricEigen } from '../numerics/symmetricEigen.ts'
import { aSquare, checkGiven } from './given.ts'
import { eigenByRotations, turned } from './rotations.ts'

/** Options of `inversePthRoot`. */
export interface InversePthRootOptions {
  /** What is added to the eigenvalues, as a part of the largest. */
  readonly ridgeEpsilon?: number
  /** What is added to them as it is. */
  readonly epsilon?: number
}

const kinds = { ridgeEpsilon: notNegative, epsilon: notNegative }

interface Root extends Required<InversePthRootOptions> {
  readonly p: number
}

const rootOf = (a: NdArray, { p, ridgeEpsilon, epsilon }: Root): NdArray => {
  const { values, vectors } = symmetricEigen(a)
  const n = values.data.length
  const ridge = ridgeEpsilon * Math.max(values.data.at(-1) ?? 0, 1e-16) + epsilon
  const powers = values.data.map((value) => (Math.max(value, 0) + ridge) ** (-1 / p))
  const root = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    const row = vectors.data.subarray(i * n, (i + 1) * n).map((x, k) => x * (powers[k] as number))
    for (let j = 0; j < n; j++) {
      let sum = 0
      for (let k = 0; k < n; k++) sum += (row[k] as number) * (vectors.data[j * n + k] as number)
      root[i * n + j] = sum
    }
  }
  return new NdArray(root, a.shape)
}

/** The same by array operations, where a stage is followed. */
const followed = <A extends Shaped>(ops: ArrayOps<A>, x: A, { p, ridgeEpsilon, epsilon }: Root): A => {
  const { values, vectors } = (ops.follow as Follow<A>).eigh(x)
  const [n] = x.shape as [number]
  const largest = ops.slice(values, [n - 1], [1])
  const ridge = ops.add(ops.mul(ops.max(largest, 1e-16), ridgeEpsilon), epsilon)
  const powers = ops.pow(ops.add(ops.max(values, 0), ridge), -1 / p)
  return ops.matMul(ops.mul(vectors, powers), ops.transpose(vectors, [1, 0]))
}

/** The least part of the largest eigenvalue that float32 tells from 0. */
const LEAST = 2 ** -24

/** The same by array operations alone; eigenvalues that float32 does not tell from 0 are taken for the least that it does. */
const rootByRotations = <A extends Shaped>(ops: ArrayOps<A>, x: A, { p, ridgeEpsilon, epsilon }: Root): A => {
  const [n] = x.shape as [number]
  if (n === 0) return ops.mul(x, 1)
  const { values, vectors } = eigenByRotations(ops, x)
  const largest = ops.max(ops.slice(values, [n - 1], [1]), 1e-16)
  const ridge = ops.add(ops.mul(largest, ridgeEpsilon), epsilon)
  const powers = ops.pow(ops.add(ops.max(values, ops.mul(largest, LEAST)), ridge), -1 / p)
  return ops.matMul(ops.mul(vectors, powers), turned(ops, vectors))
}

/**
 * x^(−1/p) of a symmetric matrix without negative eigenvalues: float64 work on the host's numbers, by its eigenvectors; where
 * they cannot be read at once, as on WebGPU, on the device, where no eigenvalue counts for less than 2^−24 of the largest.
 *
 *     x = V·diag(λ)·Vᵀ;  ridge = ridgeEpsilon·max(λmax, 1e-16) + epsilon;  V·diag((max(λ, 0) + ridge)^(−1/p))·Vᵀ
 *
 * The same as `matrixInversePthRoot` comes to by iteration. A stage that calls it says so by `onNumbers`. Shapes: x [n, n], and so is the root.
 * Defaults: ridgeEpsilon = 1e-6, epsilon = 0. Errors: `bad-argument`, for p unless it is above 0.
 * Source: Gupta et al. 2018, arXiv 1802.09568 (Shampoo); the ridge is that of optax, `matrix_inverse_pth_root`.
 */
export const inversePthRoot = <A extends Shaped>(
  ops: ArrayOps<A>,
  x: A,
  p: number,
  options: InversePthRootOptions = {},
  ...excess: Excess
): A => {
  checkGiven('inversePthRoot', ops, { x: [x, aSquare] }, excess)
  checkRunArgument('inversePthRoot: p', p, positive)
  checkRunOptions('inversePthRoot', options, kinds)
  const { ridgeEpsilon = 1e-6, epsilon = 0 } = options
  const root = { p, ridgeEpsilon, epsilon }
  if (ops.follow && x.shape[0] !== 0) return followed(ops, x, root)
  if (!readsNow(ops)) return rootByRotations(ops, x, root)
  return onNumbers(ops, [x], (a) => [rootOf(a, root)])[0] as A
}
