/** Weight vectors: how an array splits into the weights that feed each output, and how such vectors take an order. */
import { sizeOf } from '../../../lib/data/shape.ts'
import type { ArrayOps } from '../../../lib/hosts/arrayOps.ts'
import type { Shaped } from '../../../lib/hosts/engine.ts'

/** The axes of an array with the output axis first; the others keep their order. */
const outputFirst = (rank: number, outAxis: number): number[] => {
  const axis = outAxis < 0 ? outAxis + rank : outAxis
  return [axis, ...Array.from({ length: rank }, (_, i) => i).filter((i) => i !== axis)]
}

/** A vector is the whole array below rank 2. */
const isWhole = (shape: readonly number[]): boolean => shape.length < 2

/** The shape of an array's vectors as rows: one an output. */
export const vectorShape = (shape: readonly number[], outAxis: () => number): readonly number[] => {
  if (isWhole(shape)) return [1, sizeOf(shape)]
  const [count = 0, ...others] = outputFirst(shape.length, outAxis()).map((axis) => shape[axis] as number)
  return [count, sizeOf(others)]
}

/** One row an output: its vector, flattened in the order of the other axes. */
export const rowsOf = <A extends Shaped>(ops: ArrayOps<A>, x: A, outAxis: number): A => {
  const turned = isWhole(x.shape) ? x : ops.transpose(x, outputFirst(x.shape.length, outAxis))
  return ops.reshape(
    turned,
    vectorShape(x.shape, () => outAxis),
  )
}

/** Rows back in the shape that they came from. */
export const fromRows = <A extends Shaped>(ops: ArrayOps<A>, rows: A, shape: readonly number[], outAxis: number): A => {
  if (isWhole(shape)) return ops.reshape(rows, shape)
  const axes = outputFirst(shape.length, outAxis)
  const turned = ops.reshape(
    rows,
    axes.map((axis) => shape[axis] as number),
  )
  return ops.transpose(
    turned,
    axes.map((_, i) => axes.indexOf(i)),
  )
}

/** Each row in ascending order. */
export const sorted = <A extends Shaped>(ops: ArrayOps<A>, rows: A): A => ops.take(rows, ops.argsort(rows))

/**
 * Each row of `ascending` in the order of the same row of `like`: equal numbers there rank by position. The rank of each place is where the
 * order names it, so it is the order of the order.
 */
export const arranged = <A extends Shaped>(ops: ArrayOps<A>, ascending: A, like: A): A =>
  ops.take(ascending, ops.argsort(ops.argsort(like)))
