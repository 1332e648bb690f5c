/** The array operations on plain arrays: their float64 meaning on numbers that are copied out, rounded where they are copied back. */
import { NdArray } from '../../data/ndArray.ts'
import type { ArrayOps } from '../arrayOps.ts'
import { float64Ops } from '../float64/ops.ts'
import type { Heap } from './heap.ts'
import { ArrayLeaf } from './leaf.ts'

const read = (x: ArrayLeaf): NdArray => new NdArray(Float64Array.from(x.data), x.shape)

/** An argument with the arrays in it read. */
const given = (x: unknown): unknown => {
  if (x instanceof ArrayLeaf) return read(x)
  return Array.isArray(x) ? x.map(given) : x
}

/** The operations whose results lie in a memory. */
export const arrayOps = (heap: Heap): ArrayOps<ArrayLeaf> => {
  const written = ({ data, shape }: NdArray): ArrayLeaf => {
    const leaf = heap.make(shape)
    leaf.data.set(data)
    return leaf
  }
  const { read: _, make, ...ops } = float64Ops
  const onArrays = Object.entries(ops).map(([name, op]) => [
    name,
    (...args: unknown[]) => written((op as (...args: unknown[]) => NdArray)(...args.map(given))),
  ])
  return {
    ...(Object.fromEntries(onArrays) as Omit<ArrayOps<ArrayLeaf>, 'read' | 'make'>),
    read: ({ data }) => data,
    make: (numbers, shape) => written(make(numbers, shape)),
  }
}
