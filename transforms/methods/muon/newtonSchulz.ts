/** Newton–Schulz iteration: a matrix with its singular vectors kept and its singular values brought near 1. */
import { NdArray } from '../../../lib/data/ndArray.ts'
import { type ArrayOps, onNumbers, readsNow } from '../../../lib/hosts/arrayOps.ts'
import type { Shaped } from '../../../lib/hosts/engine.ts'
import { eigenByRotations } from '../../arrays/rotations.ts'
import { product, transposed } from '../../numerics/matrix.ts'
import { powerIteration } from '../../numerics/powerIteration.ts'

/** The coefficients c of a step, c₀·X + c₁·(XXᵀ)X + c₂·(XXᵀ)²X. */
export type Coefficients = readonly [number, number, number]

/** By what a matrix is scaled before the steps. */
export type Preconditioning = 'frobenius' | 'spectral' | 'aol' | 'schatten'

export interface NewtonSchulz {
  /** One row a step. */
  readonly coefficients: readonly Coefficients[]
  readonly eps: number
  readonly preconditioning: Preconditioning
}

/** The quintic of the first Muon, which ours and others repeat. */
export const standard: Coefficients = [3.4445, -4.775, 2.0315]

const turned = <A extends Shaped>(ops: ArrayOps<A>, x: A): A => ops.transpose(x, [1, 0])

/** c₀·X + (c₁·G + c₂·G²)·X, where G is XXᵀ. */
const step = <A extends Shaped>(ops: ArrayOps<A>, x: A, gram: A, [c0, c1, c2]: Coefficients): A => {
  const b = ops.add(ops.mul(gram, c1), ops.mul(ops.matMul(gram, gram), c2))
  return ops.add(ops.mul(x, c0), ops.matMul(b, x))
}

const gramOf = <A extends Shaped>(ops: ArrayOps<A>, x: A): A => ops.matMul(x, turned(ops, x))

const norm = <A extends Shaped>(ops: ArrayOps<A>, x: A): A => ops.sqrt(ops.sum(ops.mul(x, x), [0, 1]))

/** The largest singular value; NaN where a number is not finite. */
const largestSingularValue = ({ data, shape: [rows = 0, columns = 0] }: NdArray): number => {
  if (!data.every(Number.isFinite)) return Number.NaN
  const m = Array.from({ length: rows }, (_, i) => [...data.subarray(i * columns, (i + 1) * columns)])
  const { eigenvalue } = powerIteration(product(m, transposed(m)), { numIters: 1000, errorTolerance: 1e-10 })
  return Math.sqrt(Math.max(eigenvalue, 0))
}

/** That value as an array, by float64 work on the host's numbers, or by array operations where these cannot be read at once. */
const spectralNorm = <A extends Shaped>(ops: ArrayOps<A>, x: A): A => {
  if (!ops.follow && readsNow(ops))
    return onNumbers(ops, [x], (m) => [new NdArray(Float64Array.of(largestSingularValue(m)), [])])[0] as A
  const gram = gramOf(ops, x)
  const { values } = ops.follow ? ops.follow.eigh(gram) : eigenByRotations(ops, gram)
  const largest = ops.slice(values, [(x.shape[0] as number) - 1], [1])
  return ops.reshape(ops.sqrt(ops.max(largest, 0)), [])
}

/** Optax's floor in the first steps that scale by themselves; `eps` does not reach it. */
const FLOOR = 1e-8

/** By what rows are scaled at the first step: each by the root of its own sum, or all by that of one norm. */
const rowScales = <A extends Shaped>(ops: ArrayOps<A>, gram: A, kind: 'aol' | 'schatten'): A => {
  const sizes = kind === 'aol' ? ops.sum(ops.abs(gram), [1], true) : norm(ops, gram)
  return ops.pow(ops.sqrt(ops.max(sizes, FLOOR)), -1)
}

const iterate = <A extends Shaped>(ops: ArrayOps<A>, m: A, { coefficients, eps, preconditioning }: NewtonSchulz): A => {
  if (preconditioning === 'frobenius' || preconditioning === 'spectral') {
    const size = preconditioning === 'frobenius' ? norm(ops, m) : spectralNorm(ops, m)
    const x = ops.div(m, ops.add(size, eps))
    return coefficients.reduce((made, row) => step(ops, made, gramOf(ops, made), row), x)
  }
  const gram = gramOf(ops, m)
  const scales = rowScales(ops, gram, preconditioning)
  const both = preconditioning === 'aol' ? ops.mul(scales, turned(ops, scales)) : ops.mul(scales, scales)
  const [first, ...others] = coefficients as [Coefficients, ...Coefficients[]]
  const x = step(ops, ops.mul(m, scales), ops.mul(gram, both), first)
  return others.reduce((made, row) => step(ops, made, gramOf(ops, made), row), x)
}

/**
 * The matrix after the steps; the smaller side is the one that is squared. A matrix without elements stays as it is.
 *
 * Source: Jordan et al. 2024, Muon; 'aol': Boissin et al. 2025, arXiv 2512.04632; 'schatten': Grishina et al. 2025, arXiv 2506.10935.
 */
export const newtonSchulz = <A extends Shaped>(ops: ArrayOps<A>, m: A, how: NewtonSchulz): A => {
  const [rows, columns] = m.shape as readonly [number, number]
  if (rows * columns === 0) return ops.mul(m, 1)
  return rows > columns ? turned(ops, iterate(ops, turned(ops, m), how)) : iterate(ops, m, how)
}
