/** The array operations of a host: what a stage that no rule can say, a matrix method, is written against once. */
import type { Shaped } from './engine.ts'

/**
 * Operations on the arrays `A` of a host. No operand is changed or given back.
 *
 * Two arrays of different shapes are spread over each other as NumPy does it; a number stands for an array of no axes.
 */
export interface ArrayOps<A extends Shaped> {
  add(x: A, y: A | number): A
  sub(x: A, y: A | number): A
  mul(x: A, y: A | number): A
  div(x: A, y: A | number): A
  sqrt(x: A): A
  /** Sums over axes, each from 0 to the rank − 1; with `keep` they stay, as 1. */
  sum(x: A, axes: readonly number[], keep?: boolean): A
  /** The product of two matrices: [n, k]·[k, m] → [n, m]. */
  matMul(x: A, y: A): A
  /** Axis i of the result is axis order[i] of x. */
  transpose(x: A, order: readonly number[]): A
}
