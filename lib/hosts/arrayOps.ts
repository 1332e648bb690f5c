/** The array operations of a host: what a stage that no rule can say, a matrix method, is written against once. */
import { NdArray } from '../data/ndArray.ts'
import type { Tree } from '../data/tree.ts'
import type { BinaryOp, Expr, UnaryOp } from '../expr/expr.ts'
import type { Shaped } from './engine.ts'

/**
 * Operations on the arrays `A` of a host: those of expressions, element by element, and those that expressions lack. No operand is changed
 * or given back.
 *
 * Two arrays of different shapes are spread over each other as NumPy does it; a number stands for an array of no axes.
 */
export interface ArrayOps<A extends Shaped> extends Elementwise<A> {
  /** `yes` where `test` is not 0, else `no`. */
  where(test: A, yes: A, no: A): A
  /** Sums over axes, each from 0 to the rank − 1; with `keep` they stay, as 1. */
  sum(x: A, axes: readonly number[], keep?: boolean): A
  /** The product of two matrices: [n, k]·[k, m] → [n, m]. */
  matMul(x: A, y: A): A
  /** Axis i of the result is axis order[i] of x. */
  transpose(x: A, order: readonly number[]): A
  /** The same numbers, row by row, in another shape. */
  reshape(x: A, shape: readonly number[]): A
  /** The part of x that begins at an index and has a size, one of each an axis. */
  slice(x: A, begin: readonly number[], size: readonly number[]): A
  /** Arrays one after another along an axis. */
  concat(xs: readonly A[], axis: number): A
  /** The places of the numbers along the last axis, from the smallest up, equal ones by place. As floating point; NaN is not foreseen. */
  argsort(x: A): A
  /** The numbers at places along the last axis; all other axes of both are alike. */
  take(x: A, places: A): A
  /** The numbers of an array, row by row; it waits for a device. */
  read(x: A): ArrayLike<number>
  /** A new array of numbers. */
  make(numbers: Float64Array, shape: readonly number[]): A
  /** False where `read` cannot answer at once, as on WebGPU. Absent: it can. */
  readonly readsNow?: () => boolean
  /** Runs `f`; what it makes and does not return is given back. Absent: that waits for the end of the stage. */
  readonly scope?: <T>(f: () => T) => T
  /** Present where a stage is not run but followed, to be said in another language. */
  readonly follow?: Follow<A>
}

/** A tree that is made anew by one item after another, each a record of trees and of arrays of no leaf. */
export interface TreeScan<A, I> {
  readonly start: Tree<A>
  readonly items: readonly I[]
  /** The tree after an item; and where `out` has a name, a number beside it. */
  readonly turn: (x: Tree<A>, item: I) => readonly [Tree<A>, A?]
  readonly out?: string
  /** From the last item to the first. Default: false. */
  readonly isBackward?: boolean
}

/** An expression of numbers. */
export type NumberFormula = (...xs: Expr<'step'>[]) => Expr<'step'>

/**
 * What stands for work on numbers where a stage is followed: no array has any there, and what a state counts is a number only by its type. A
 * stage meets them through `numberOf`, `choose` and `drawn` alone.
 */
export interface Follow<A> {
  qr(x: A): { readonly q: A; readonly r: A }
  /** Of a symmetric matrix; the signs are those of `symmetricEigen`. */
  eigh(x: A): { readonly values: A; readonly vectors: A }
  /** The entries on and above the diagonal. */
  upper(x: A): A
  inverseOfUpper(x: A): A
  /** The largest of all numbers of an array that has any. */
  largest(x: A): A
  number(f: NumberFormula, xs: readonly number[]): number
  choose<T>(test: number, yes: () => T, no: () => T): T
  normals(key: readonly [number, number], shape: readonly number[], step: number, leaf: number): A
  /** The sum of one number of each leaf, in their order. */
  total(terms: readonly A[]): A
  /** See `scanTrees`. */
  scan<I extends Readonly<Record<string, Tree<A>>>>(scan: TreeScan<A, I>): readonly [Tree<A>, readonly A[]]
  /** What is given by name beside the trees; where it need not be, it is 0 without. */
  signal(name: string, isNeeded: boolean): number
}

/** Whether work can be done on the numbers of these arrays; where not, it is done by operations on the arrays. */
export const readsNow = <A extends Shaped>({ readsNow: reads }: ArrayOps<A>): boolean => reads?.() ?? true

/** Runs `f`; what it makes and does not return is given back as soon as the host can. */
export const scoped = <A extends Shaped, T>({ scope }: ArrayOps<A>, f: () => T): T => (scope ? scope(f) : f())

/**
 * Work that no host has kernels for, done on float64 numbers of the host: the arrays are read, and what `f` makes of them is written back.
 */
export const onNumbers = <A extends Shaped>(
  ops: ArrayOps<A>,
  xs: readonly A[],
  f: (...xs: NdArray[]) => readonly NdArray[],
): A[] =>
  f(...xs.map((x) => new NdArray(Float64Array.from(ops.read(x)), x.shape))).map(({ data, shape }) =>
    ops.make(data, shape),
  )

type Elementwise<A> = { readonly [op in UnaryOp]: (x: A) => A } & {
  readonly [op in BinaryOp]: (x: A, y: A | number) => A
}
