/** Losses on plain numbers in float64: the meaning that hosts are held against. It differentiates nothing; differences do. */
import type { LossArrays } from '../../../transforms/losses/arrays.ts'

/** An array of float64 numbers, the last axis fastest. */
export class NumberArray {
  constructor(
    readonly data: readonly number[],
    readonly shape: readonly number[],
  ) {}
}

const array = ({ data, shape }: Omit<NumberArray, never>): NumberArray => new NumberArray(data, shape)

export type Nested = number | boolean | string | readonly Nested[]

const sizeOf = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1)
const toNumber = (x: number | boolean | string): number => (typeof x === 'string' ? Number(x) : +x)

/** Nested lists as an array; `'Infinity'`, `'NaN'` and booleans are numbers. */
export const fromNested = (x: Nested): NumberArray => {
  if (!Array.isArray(x)) return array({ data: [toNumber(x as number)], shape: [] })
  const rows = x.map(fromNested)
  return array({ data: rows.flatMap(({ data }) => data), shape: [x.length, ...(rows[0]?.shape ?? [])] })
}

/** Index by axis of element i. */
const indexOf = (shape: readonly number[], i: number): number[] => {
  const index: number[] = []
  let rest = i
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index.unshift(rest % shape[axis]!)
    rest = Math.floor(rest / shape[axis]!)
  }
  return index
}

const at = ({ data, shape }: NumberArray, index: readonly number[]): number => {
  const own = index.slice(index.length - shape.length)
  return data[shape.reduce((n, size, axis) => n * size + (size === 1 ? 0 : own[axis]!), 0)]!
}

const make = (shape: readonly number[], f: (index: number[]) => number): NumberArray =>
  array({ data: Array.from({ length: sizeOf(shape) }, (_, i) => f(indexOf(shape, i))), shape })

const lift = (x: NumberArray | number): NumberArray => (typeof x === 'number' ? array({ data: [x], shape: [] }) : x)

const map =
  (f: (...xs: number[]) => number) =>
  (...xs: (NumberArray | number)[]): NumberArray => {
    const arrays = xs.map(lift)
    const rank = Math.max(...arrays.map(({ shape }) => shape.length))
    const sizes = (axis: number) => arrays.map(({ shape }) => shape[axis - rank + shape.length] ?? 1)
    const shape = Array.from({ length: rank }, (_, axis) => sizes(axis).find((size) => size !== 1) ?? 1)
    return make(shape, (index) => f(...arrays.map((x) => at(x, index))))
  }

const reduce = (f: (xs: number[]) => number, x: NumberArray, axes: readonly number[], keep: boolean): NumberArray => {
  const kept = make(
    x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size)),
    (index) => {
      const inner = axes.map((axis) => x.shape[axis]!)
      const full = (i: number) => {
        const ins = indexOf(inner, i)
        return index.map((j, axis) => (axes.includes(axis) ? ins[axes.indexOf(axis)]! : j))
      }
      return f(Array.from({ length: sizeOf(inner) }, (_, i) => at(x, full(i))))
    },
  )
  return keep ? kept : array({ data: kept.data, shape: x.shape.filter((_, axis) => !axes.includes(axis)) })
}

const byRow = (f: (row: number[]) => number[], { data, shape }: NumberArray): NumberArray => {
  const n = shape.at(-1)!
  const rows = Array.from({ length: data.length / n }, (_, i) => f(data.slice(i * n, i * n + n)))
  return array({ data: rows.flat(), shape })
}

const slice = (x: NumberArray, axis: number, start: number, size: number): NumberArray =>
  make(
    x.shape.map((n, i) => (i === axis ? size : n)),
    (index) =>
      at(
        x,
        index.map((j, i) => (i === axis ? j + start : j)),
      ),
  )

export const numberLosses: LossArrays<NumberArray> = {
  wrong: (x) =>
    typeof x === 'object' && x !== null && 'data' in x ? undefined : { expected: 'an array', got: String(x) },
  float: (x) => x,
  shape: ({ shape }) => shape,
  epsilon: Number.EPSILON,
  range: (n) => make([n], ([i]) => i!),
  ones: (shape) => make(shape, () => 1),
  make: (data, shape) => array({ data: [...data], shape }),
  add: map((x, y) => x! + y!),
  sub: map((x, y) => x! - y!),
  mul: map((x, y) => x! * y!),
  div: map((x, y) => x! / y!),
  max: map(Math.max),
  pow: (x, n) => map((y) => y! ** n)(x),
  exp: map((x) => Math.exp(x!)),
  log: map((x) => Math.log(x!)),
  log1p: map((x) => Math.log1p(x!)),
  select: map((test, yes, no) => (test !== 0 ? yes! : no!)),
  sum: (x, axes, keep = false) => reduce((xs) => xs.reduce((a, b) => a + b, 0), x, axes, keep),
  matMul: (x, y) => {
    const [n, k, m] = [x.shape.at(-2)!, x.shape.at(-1)!, y.shape.at(-1)!]
    return make([...x.shape.slice(0, -2), n, m], (index) => {
      const [outer, i, j] = [index.slice(0, -2), index.at(-2)!, index.at(-1)!]
      return Array.from({ length: k }, (_, l) => at(x, [...outer, i, l]) * at(y, [...outer, l, j])).reduce(
        (a, b) => a + b,
      )
    })
  },
  greater: map((x, y) => (x! > y! ? 1 : 0)),
  equal: map((x, y) => (x === y ? 1 : 0)),
  maxOver: (x, axes) => reduce((xs) => Math.max(...xs), x, axes, true),
  sortDown: (x) => byRow((row) => row.sort((a, b) => b - a), x),
  cumulativeSum: (x) =>
    byRow((row) => {
      let total = 0
      return row.map((y) => (total += y))
    }, x),
  constant: (x) => x,
  reshape: ({ data }, shape) => array({ data, shape }),
  transpose: (x, order) =>
    make(
      order.map((axis) => x.shape[axis]!),
      (index) =>
        at(
          x,
          order.map((_, axis) => index[order.indexOf(axis)]!),
        ),
    ),
  slice,
  concat: (xs, axis) => {
    const starts = xs.map((_, i) => xs.slice(0, i).reduce((n, { shape }) => n + shape[axis]!, 0))
    const total = xs.reduce((n, { shape }) => n + shape[axis]!, 0)
    return make(
      xs[0]!.shape.map((n, i) => (i === axis ? total : n)),
      (index) => {
        const which = starts.findLastIndex((start) => start <= index[axis]!)
        return at(
          xs[which]!,
          index.map((j, i) => (i === axis ? j - starts[which]! : j)),
        )
      },
    )
  },
}
