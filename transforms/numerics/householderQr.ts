import { NdArray } from '../../lib/data/ndArray.ts'

/** A = Q·R */
export interface Qr<A> {
  readonly q: A
  readonly r: A
}

/** I − scale·v·vᵀ, where v has zeros before `from`. */
interface Reflection {
  readonly from: number
  readonly v: Float64Array
  readonly scale: number
}

/**
 * The reflection that takes x[from], … to (∓‖x‖, 0, …), away from the sign of x[from], 0 being positive; none where all behind it is 0 already.
 * The largest number is divided out first, so that no square leaves the range.
 */
const reflectionOf = (x: Float64Array, from: number): Reflection | undefined => {
  const most = x.subarray(from).reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)
  if (!x.subarray(from + 1).some((value) => value !== 0)) return undefined
  const v = x.map((value, i) => (i < from ? 0 : value / most))
  const norm = Math.sqrt(v.reduce((sum, value) => sum + value * value, 0))
  const first = v[from] as number
  v[from] = first < 0 ? first - norm : first + norm
  return { from, v, scale: 1 / (norm * Math.abs(v[from] as number)) }
}

/** A ← (I − scale·v·vᵀ)·A, row by row. */
const reflect = (a: Float64Array, columns: number, { from, v, scale }: Reflection): void => {
  const sums = new Float64Array(columns)
  for (let i = from; i < v.length; i++)
    for (let j = 0; j < columns; j++)
      sums[j] = (sums[j] as number) + scale * (v[i] as number) * (a[i * columns + j] as number)
  for (let i = from; i < v.length; i++)
    for (let j = 0; j < columns; j++)
      a[i * columns + j] = (a[i * columns + j] as number) - (v[i] as number) * (sums[j] as number)
}

const column = (a: Float64Array, columns: number, j: number): Float64Array =>
  Float64Array.from({ length: a.length / columns }, (_, i) => a[i * columns + j] as number)

/**
 * The QR decomposition of a matrix by Householder reflections, in float64.
 *
 *     A = Q·R, Q with orthonormal columns, R upper triangular;  k = min(n, m)
 *
 * Signs are LAPACK's, so NumPy's and torch's: in each column R's diagonal has the sign against that of the number that stands there when its
 * turn comes, 0 being positive; a column with nothing below it is left as it is, with its own sign. Shapes: A [n, m], Q [n, k], R [k, m].
 * A number that is not finite makes NaN of what it reaches. Source: Golub & Van Loan 2013, Matrix Computations, 5.2.2.
 */
export const householderQr = ({ data, shape }: NdArray): Qr<NdArray> => {
  const [rows, columns] = shape as [number, number]
  const rank = Math.min(rows, columns)
  const a = data.slice()
  const made: Reflection[] = []
  for (let k = 0; k < rank; k++) {
    const found = reflectionOf(column(a, columns, k), k)
    if (!found) continue
    reflect(a, columns, found)
    made.push(found)
  }
  const q = new Float64Array(rows * rank).map((_, i) => (Math.floor(i / rank) === i % rank ? 1 : 0))
  for (const reflection of made.reverse()) reflect(q, rank, reflection)
  const r = a.slice(0, rank * columns).map((value, i) => (Math.floor(i / columns) > i % columns ? 0 : value))
  return { q: new NdArray(q, [rows, rank]), r: new NdArray(r, [rank, columns]) }
}
