import { NdArray } from '../../lib/data/ndArray.ts'

/** A = V·diag(values)·Vᵀ */
export interface Eigen<A> {
  readonly values: A
  readonly vectors: A
}

/** A symmetric tridiagonal matrix, and the rows in which its basis is kept: A = Zᵀ·T·Z. */
interface Tridiagonal {
  readonly diagonal: Float64Array
  /** Beside the diagonal: n − 1 numbers. */
  readonly beside: Float64Array
  readonly z: readonly Float64Array[]
}

const dot = (x: Float64Array, y: Float64Array, from: number): number => {
  let sum = 0
  for (let i = from; i < x.length; i++) sum += (x[i] as number) * (y[i] as number)
  return sum
}

/** y ← y + factor·x, from an index on. */
const addScaled = (y: Float64Array, factor: number, x: Float64Array, from: number): void => {
  for (let i = from; i < y.length; i++) y[i] = (y[i] as number) + factor * (x[i] as number)
}

/** Beside numbers up to 1: its square still is a number. */
const NOTHING = 1e-150

/**
 * Column k of what is left, reflected to one number beside the diagonal; the reflection, or none where it is so already.
 *
 *     H = I − v·vᵀ, ‖v‖² = 2;  p = A·v;  w = p − (pᵀv/2)·v;  A ← H·A·H = A − v·wᵀ − w·vᵀ
 */
const reduceColumn = (a: readonly Float64Array[], k: number): Float64Array | undefined => {
  const v = (a[k] as Float64Array).map((value, i) => (i > k ? value : 0))
  if (!v.some((value, i) => i > k + 1 && Math.abs(value) > NOTHING)) return undefined
  const norm = Math.hypot(...v.subarray(k + 1))
  const first = v[k + 1] as number
  v[k + 1] = first < 0 ? first - norm : first + norm
  const scale = 1 / Math.sqrt(norm * Math.abs(v[k + 1] as number))
  v.forEach((value, i) => {
    v[i] = value * scale
  })
  const w = v.map((_, i) => dot(a[i] as Float64Array, v, k + 1))
  addScaled(w, -dot(w, v, k + 1) / 2, v, k + 1)
  for (let i = k; i < a.length; i++) {
    const row = a[i] as Float64Array
    addScaled(row, -(v[i] as number), w, k)
    addScaled(row, -(w[i] as number), v, k)
  }
  return v
}

const tridiagonal = (a: readonly Float64Array[]): Tridiagonal => {
  const n = a.length
  const z = a.map((_, i) => new Float64Array(n).fill(1, i, i + 1))
  const reflections = Array.from({ length: Math.max(n - 2, 0) }, (_, k) => reduceColumn(a, k))
  // Q = H₀·H₁·…; its columns are the rows of z, each of which is multiplied by all of them.
  for (const v of reflections.reverse()) if (v) for (const row of z) addScaled(row, -dot(row, v, 0), v, 0)
  const at = (i: number, j: number): number => a[i]?.[j] as number
  return {
    diagonal: Float64Array.from(a, (_, i) => at(i, i)),
    beside: Float64Array.from({ length: Math.max(n - 1, 0) }, (_, i) => at(i + 1, i)),
    z,
  }
}

/** x ← c·x + s·y, y ← c·y − s·x */
const turn = (x: Float64Array, y: Float64Array, c: number, s: number): void => {
  for (let i = 0; i < x.length; i++) {
    const [a, b] = [x[i] as number, y[i] as number]
    x[i] = c * a + s * b
    y[i] = c * b - s * a
  }
}

/** One implicit QR step with Wilkinson's shift on rows `from` to `to`. Golub & Van Loan, algorithm 8.3.2. */
const qrStep = ({ diagonal: d, beside: e, z }: Tridiagonal, from: number, to: number): void => {
  const [last, beside] = [d[to] as number, e[to - 1] as number]
  const half = ((d[to - 1] as number) - last) / 2
  const root = Math.hypot(half, beside)
  const shift = last - beside * (beside / (half < 0 ? half - root : half + root))
  let [x, y] = [(d[from] as number) - shift, e[from] as number]
  for (let k = from; k < to; k++) {
    const r = Math.hypot(x, y)
    const [c, s] = r === 0 ? [1, 0] : [x / r, y / r]
    if (k > from) e[k - 1] = r
    const [a, b, off] = [d[k] as number, d[k + 1] as number, e[k] as number]
    d[k] = c * c * a + 2 * c * s * off + s * s * b
    d[k + 1] = s * s * a - 2 * c * s * off + c * c * b
    e[k] = c * s * (b - a) + (c * c - s * s) * off
    turn(z[k] as Float64Array, z[k + 1] as Float64Array, c, s)
    if (k + 1 === to) continue
    x = e[k] as number
    y = s * (e[k + 1] as number)
    e[k + 1] = c * (e[k + 1] as number)
  }
}

/** So many steps an eigenvalue: two to three are what they take. */
const MOST = 60

/** Steps on what is still coupled, from the last row up, until nothing is. */
const diagonalise = (t: Tridiagonal): void => {
  const { diagonal: d, beside: e } = t
  const isCoupled = (i: number): boolean => {
    const size = Math.abs(d[i] as number) + Math.abs(d[i + 1] as number)
    return Math.abs(e[i] as number) > Number.EPSILON * size
  }
  let to = d.length - 1
  for (let steps = 0; to > 0 && steps < MOST * d.length; ) {
    if (!isCoupled(to - 1)) {
      to--
      continue
    }
    let from = to - 1
    while (from > 0 && isCoupled(from - 1)) from--
    qrStep(t, from, to)
    steps++
  }
}

/** The vector whose first number of at least half the largest size is positive. */
const upright = (vector: Float64Array): Float64Array => {
  const most = vector.reduce((largest, x) => Math.max(largest, Math.abs(x)), 0)
  const leading = vector.find((x) => Math.abs(x) >= most / 2) ?? 0
  return leading < 0 ? vector.map((x) => -x) : vector
}

/**
 * The eigenvalues and eigenvectors of a symmetric matrix, in float64: to tridiagonal form by reflections, from there by implicit QR steps.
 *
 *     A = V·diag(values)·Vᵀ, values ascending, V with orthonormal columns
 *
 * A is taken as (A + Aᵀ)/2. In each vector the first number that has at least half the size of the largest is positive, so that the signs do
 * not hang on rounding; NumPy's are LAPACK's, which promises none. Shapes: A [n, n], values [n], V [n, n], one vector a column.
 * A number that is not finite makes all of it NaN. Source: Golub & Van Loan 2013, Matrix Computations, 8.3.
 */
export const symmetricEigen = ({ data, shape }: NdArray): Eigen<NdArray> => {
  const n = shape[0] as number
  if (!data.every(Number.isFinite)) {
    const none = (length: number): Float64Array => new Float64Array(length).fill(Number.NaN)
    return { values: new NdArray(none(n), [n]), vectors: new NdArray(none(n * n), [n, n]) }
  }
  // By its largest number, so that no product leaves the range.
  const most = data.reduce((largest, x) => Math.max(largest, Math.abs(x)), 0) || 1
  const at = (i: number, j: number): number => (data[i * n + j] as number) / most
  const rows = Array.from({ length: n }, (_, i) =>
    Float64Array.from({ length: n }, (_, j) => (at(i, j) + at(j, i)) / 2),
  )
  const t = tridiagonal(rows)
  diagonalise(t)
  const order = [...t.diagonal.keys()].sort((i, j) => (t.diagonal[i] as number) - (t.diagonal[j] as number) || i - j)
  const sorted = order.map((i) => upright(t.z[i] as Float64Array))
  const values = Float64Array.from(order, (i) => (t.diagonal[i] as number) * most)
  const vectors = Float64Array.from({ length: n * n }, (_, i) => sorted[i % n]?.[Math.floor(i / n)] as number)
  return { values: new NdArray(values, [n]), vectors: new NdArray(vectors, [n, n]) }
}
