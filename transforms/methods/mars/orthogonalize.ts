import * as tf from '@tensorflow/tfjs-core'
import { raiseFindings, treeFindings } from '../../../lib/check/check.ts'
import { aFunction, checkOptions, notNegative, positiveInteger } from '../../../lib/check/options.ts'
import type { Fault, Finding } from '../../../lib/data/error.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import { NdArray } from '../../../lib/data/ndArray.ts'
import { pathText } from '../../../lib/data/path.ts'
import { type Tree, treeEntries, treeMap } from '../../../lib/data/tree.ts'
import type { UpdateFunctions } from '../../../lib/form/form.ts'
import { type GradientTransformation, opaque } from '../../../lib/form/transformation.ts'
import type { Shaped } from '../../../lib/hosts/engine.ts'

/** Options of `orthogonalize`. */
export interface OrthogonalizeOptions {
  readonly steps?: number
  readonly eps?: number
  readonly shapeFactor?: (rows: number, columns: number) => number
}

/** What `orthogonalize` accepts as options. */
export const orthogonalizeKinds = { steps: positiveInteger, eps: notNegative, shapeFactor: aFunction }

/** What the iteration needs of a kind of matrix. */
interface Matrices<B> {
  /** x / (norm + eps) */
  normalised(x: B, eps: number): B
  transpose(x: B): B
  /** x·xᵀ */
  gram(x: B): B
  product(x: B, y: B): B
  scaled(p: number, x: B): B
  /** p·x + q·y */
  combine(p: number, x: B, q: number, y: B): B
}

const tensors: Matrices<tf.Tensor> = {
  normalised: (x, eps) => tf.div(x, tf.add(tf.sqrt(tf.sum(tf.square(x))), eps)),
  transpose: (x) => tf.transpose(x),
  gram: (x) => tf.matMul(x, x, false, true),
  product: (x, y) => tf.matMul(x, y),
  scaled: (p, x) => tf.mul(p, x),
  combine: (p, x, q, y) => tf.add(tf.mul(p, x), tf.mul(q, y)),
}

const size = ({ shape }: NdArray): readonly [number, number] => shape as [number, number]

const matrix = (rows: number, columns: number, at: (i: number, j: number) => number): NdArray =>
  new NdArray(
    Float64Array.from({ length: rows * columns }, (_, k) => at(Math.floor(k / columns), k % columns)),
    [rows, columns],
  )

const product = (x: NdArray, y: NdArray): NdArray => {
  const [rows, inner] = size(x)
  const [, columns] = size(y)
  const cell = (i: number, j: number): number => {
    let sum = 0
    for (let k = 0; k < inner; k++) sum += (x.data[i * inner + k] as number) * (y.data[k * columns + j] as number)
    return sum
  }
  return matrix(rows, columns, cell)
}

const transpose = (x: NdArray): NdArray => {
  const [rows, columns] = size(x)
  return matrix(columns, rows, (i, j) => x.data[j * columns + i] as number)
}

const mapped = (x: NdArray, f: (value: number, i: number) => number): NdArray =>
  new NdArray(Float64Array.from(x.data, f), x.shape)

const numbers: Matrices<NdArray> = {
  normalised: (x, eps) => {
    const norm = Math.sqrt(x.data.reduce((sum, value) => sum + value * value, 0))
    return mapped(x, (value) => value / (norm + eps))
  },
  transpose,
  gram: (x) => product(x, transpose(x)),
  product,
  scaled: (p, x) => mapped(x, (value) => p * value),
  combine: (p, x, q, y) => mapped(x, (value, i) => p * value + q * (y.data[i] as number)),
}

/** The quintic whose repetition brings singular values near 1: 3.4445·x − 4.775·x³ + 2.0315·x⁵. */
const [first, third, fifth] = [3.4445, -4.775, 2.0315]

const iterate = <B>(ops: Matrices<B>, start: B, steps: number): B => {
  let x = start
  for (let i = 0; i < steps; i++) {
    const s = ops.gram(x)
    const b = ops.product(s, x)
    x = ops.combine(1, ops.combine(first, x, third, b), fifth, ops.product(s, b))
  }
  return x
}

const orthogonal = <B extends Shaped>(ops: Matrices<B>, m: B, options: Required<OrthogonalizeOptions>): B => {
  const [rows, columns] = m.shape as [number, number]
  const { steps, eps, shapeFactor } = options
  if (rows * columns === 0) return ops.scaled(1, m)
  const tall = rows > columns
  const x = iterate(ops, ops.normalised(tall ? ops.transpose(m) : m, eps), steps)
  const back = tall ? ops.transpose(x) : x
  return ops.scaled(shapeFactor(rows, columns), back)
}

const rankFindings = (updates: Tree<Shaped>): Finding[] => {
  const faults = treeEntries(updates).flatMap(([path, { shape }]): Fault[] =>
    shape.length === 2
      ? []
      : [
          {
            path: `orthogonalize: ${pathText(path)}`,
            expected: 'a leaf of rank 2',
            got: `shape [${shape.join(', ')}]`,
          },
        ],
  )
  return treeFindings(faults, 'Put it under partition or masked, by the rank of the leaves.')
}

const functionsOn = <B extends Shaped>(
  ops: Matrices<B>,
  options: Required<OrthogonalizeOptions>,
): UpdateFunctions<Readonly<Record<string, never>>, B> => ({
  init: (params) => {
    raiseFindings(rankFindings(params))
    return {}
  },
  update: (updates, state) => [treeMap<B, B>(updates, (m) => orthogonal(ops, m, options)), state],
})

/**
 * Replaces every matrix by one with nearly the same singular vectors and singular values near 1, by Newton–Schulz iteration.
 *
 *     X = M / (‖M‖ + eps), transposed if it has more rows than columns
 *     steps times: S = X·Xᵀ;  B = S·X;  X = 3.4445·X − 4.775·B + 2.0315·S·B
 *     u = shapeFactor(rows, columns)·X, transposed back
 *
 * Singular values of M / ‖M‖ above 0.02 come out between about 0.68 and 1.2; a zero matrix stays zero, one without elements as it is.
 *
 * Shapes: every leaf has rank 2. State: {}. Opaque: tfjs ops on the active backend, in float32 (the published code goes through bfloat16).
 * Defaults: steps = 5, eps = 1e-8, shapeFactor = √max(1, rows/columns).
 * Errors: `tree-mismatch` with every leaf of another rank; `bad-hyperparameter`.
 * Source: Yuan et al. 2024, arXiv 2411.10438; Jordan et al. 2024, Muon.
 */
export const orthogonalize = (
  options: OrthogonalizeOptions = {},
  ...excess: Excess
): GradientTransformation<Readonly<Record<string, never>>> => {
  checkOptions('orthogonalize', options, orthogonalizeKinds, excess)
  const {
    steps = 5,
    eps = 1e-8,
    shapeFactor = (rows: number, columns: number) => Math.sqrt(Math.max(1, rows / columns)),
  } = options
  const all = { steps, eps, shapeFactor }
  const onTensors = functionsOn(tensors, all)
  return opaque({
    name: 'orthogonalize',
    init: onTensors.init,
    update: (...given) => tf.tidy(() => onTensors.update(...given) as never) as ReturnType<typeof onTensors.update>,
    reads: [],
    check: ({ updates }) => (updates === undefined ? [] : rankFindings(updates)),
    float64: functionsOn(numbers, all) as UpdateFunctions<unknown, NdArray>,
  })
}
