/**
 * What a loss asks of a host that differentiates: arrays of its own kind `A`, and the operations on them.
 *
 * A loss is written once against this record; a host is one record (`tensors.ts` is that of TensorFlow.js). All arrays are floating point. Two
 * arrays of different shapes are spread over each other as NumPy does it, and a number stands for an array of no axes. The host's own autodiff
 * passes through every operation but those marked *constant*, through which no gradient passes.
 */
export interface LossArrays<A> {
  /** What is wrong with something that is to be an array, or nothing. */
  wrong(x: unknown): { readonly expected: string; readonly got: string } | undefined
  /** An array of integers or booleans as floating point. */
  float(x: A): A
  shape(x: A): readonly number[]
  /** 1 + epsilon is the next number after 1. */
  readonly epsilon: number
  /** 0, 1, … n − 1 along one axis. */
  range(n: number): A
  ones(shape: readonly number[]): A
  /** These numbers, the last axis fastest. */
  make(data: Float32Array, shape: readonly number[]): A

  add(x: A | number, y: A | number): A
  sub(x: A | number, y: A | number): A
  mul(x: A | number, y: A | number): A
  div(x: A | number, y: A | number): A
  /** The larger; at a tie the gradient goes to one side or is shared. */
  max(x: A | number, y: A | number): A
  /** x to a constant power. */
  pow(x: A, exponent: number): A
  exp(x: A): A
  log(x: A): A
  /** log(1 + x), also for an x that 1 + x would lose. */
  log1p(x: A): A
  /** `yes` where `test` is not 0, else `no`; the branch not taken gets the gradient 0. */
  select(test: A, yes: A | number, no: A | number): A
  /** Sums over axes; with `keep` they stay, as 1. */
  sum(x: A, axes: readonly number[], keep?: boolean): A
  /** The product of the last two axes: […, n, k]·[…, k, m]. */
  matMul(x: A, y: A): A

  /** 1 where x > y, else 0. Constant. */
  greater(x: A | number, y: A | number): A
  /** 1 where x = y, else 0. Constant. */
  equal(x: A | number, y: A | number): A
  /** The largest over axes, which stay as 1. Constant. */
  maxOver(x: A, axes: readonly number[]): A
  /** The last axis sorted, the largest first. Constant. */
  sortDown(x: A): A
  /** Running sums along the last axis. Constant. */
  cumulativeSum(x: A): A
  /** The same numbers. Constant. */
  constant(x: A): A

  reshape(x: A, shape: readonly number[]): A
  transpose(x: A, order: readonly number[]): A
  /** `size` entries of an axis from `start` on. */
  slice(x: A, axis: number, start: number, size: number): A
  concat(xs: readonly A[], axis: number): A
}
