/** Stable forms that several losses are made of. Their gradients are right at 0, at ties and where numbers are infinite. */
import type { LossArrays } from './arrays.ts'

/** log(1 + e^x): max(x, 0) + log1p(e^−|x|). */
export const softplus = <A>({ select, greater, add, mul, log1p, exp }: LossArrays<A>, x: A): A => {
  const above = greater(x, 0)
  return add(select(above, x, 0), log1p(exp(select(above, mul(-1, x), x))))
}

/** 1 / (1 + e^−x), as e^−softplus(−x). */
export const sigmoid = <A>(arrays: LossArrays<A>, x: A): A =>
  arrays.exp(arrays.mul(-1, softplus(arrays, arrays.mul(-1, x))))

/** x² */
export const square = <A>({ mul }: LossArrays<A>, x: A): A => mul(x, x)

/** The sum over axes of what `where` takes in. */
export const sumWhere = <A>(
  { sum, select }: LossArrays<A>,
  x: A,
  axes: readonly number[],
  where: A | undefined,
  keep = false,
): A => sum(where === undefined ? x : select(where, x, 0), axes, keep)

/** `where` with the axes that it lacks, as 1: a mask of rows takes whole rows in. */
export const fullMask = <A>(
  { shape, reshape }: LossArrays<A>,
  where: A | undefined,
  like: A,
  axes: readonly number[],
): A | undefined => {
  if (where === undefined || shape(where).length === shape(like).length) return where
  const left = [...shape(where)]
  const full = shape(like).map((_, axis) => (axes.includes(axis) ? 1 : (left.shift() ?? 1)))
  return reshape(where, full)
}

/** −∞ as 0: what is subtracted to keep exponentials small must be finite. */
const finiteShift = <A>({ select, greater }: LossArrays<A>, x: A): A =>
  select(greater(x, Number.NEGATIVE_INFINITY), x, 0)

/** log x for a sum x ≥ 0 of exponentials; −∞ with the gradient 0 for an empty one. */
const logOfSum = <A>({ select, greater, log }: LossArrays<A>, x: A): A => {
  const some = greater(x, 0)
  return select(some, log(select(some, x, 1)), Number.NEGATIVE_INFINITY)
}

/** log Σe^x over axes, which stay as 1. */
export const logSumExp = <A>(arrays: LossArrays<A>, x: A, axes: readonly number[], where?: A): A => {
  const taken = where === undefined ? x : arrays.select(where, x, Number.NEGATIVE_INFINITY)
  const shift = finiteShift(arrays, arrays.maxOver(taken, axes))
  return arrays.add(logOfSum(arrays, arrays.sum(arrays.exp(arrays.sub(taken, shift)), axes, true)), shift)
}

/** x − log Σe^x over axes; what `where` leaves out is no part of it, and 0 − log Σe^x. */
export const logSoftmax = <A>(arrays: LossArrays<A>, x: A, axes: readonly number[], where?: A): A =>
  arrays.sub(where === undefined ? x : arrays.select(where, x, 0), logSumExp(arrays, x, axes, where))

/** log(e^x + e^y); at a tie the gradient is shared. */
export const logAddExp = <A>(arrays: LossArrays<A>, x: A, y: A): A => {
  const shift = finiteShift(arrays, arrays.constant(arrays.max(x, y)))
  return arrays.add(
    logOfSum(arrays, arrays.add(arrays.exp(arrays.sub(x, shift)), arrays.exp(arrays.sub(y, shift)))),
    shift,
  )
}

/** The largest along the last axis, which goes; at a tie the gradient is shared evenly. */
export const largest = <A>(arrays: LossArrays<A>, x: A): A => {
  const last = [arrays.shape(x).length - 1]
  const top = arrays.maxOver(x, last)
  const ties = arrays.equal(x, top)
  const share = arrays.div(ties, arrays.sum(ties, last, true))
  const through = arrays.sum(arrays.mul(share, arrays.select(ties, arrays.sub(x, top), 0)), last)
  return arrays.add(arrays.reshape(top, arrays.shape(through)), through)
}

/** 1 at the label along a new last axis of n, else 0; a label that is no class has none. */
export const oneHot = <A>({ equal, reshape, shape, range }: LossArrays<A>, labels: A, n: number): A =>
  equal(reshape(labels, [...shape(labels), 1]), range(n))

/** The entry of the last axis that the label names. */
export const atLabel = <A>(arrays: LossArrays<A>, x: A, labels: A): A => {
  const last = arrays.shape(x).length - 1
  return arrays.sum(arrays.select(oneHot(arrays, labels, arrays.shape(x)[last] as number), x, 0), [last])
}
