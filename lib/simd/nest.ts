/**
 * The loops of a pass that reduces over axes or spreads smaller trees. Neighbouring axes along which all trees go on alike are one loop; the
 * innermost goes over numbers that lie side by side.
 */
import type { Pass } from '../rule/plan.ts'

/** What a pass's reduction over axes is to its loops; all by their number, the outermost 0. */
export interface NestReduction {
  /** For every loop, whether the reduction is over it. */
  readonly over: readonly boolean[]
  /** The outermost loop that it is over: before it the result is begun, behind it the result is written. */
  readonly begins: number
  /** The loop from which on it is over all: what these add up stands in registers. As many as there are loops where it is not over the innermost. */
  readonly inner: number
  /** Whether other loops are within: then sums stand in memory until the outermost is done. */
  readonly kept: boolean
}

export interface Nest {
  /** The axes of every loop, the outermost first. */
  readonly loops: readonly (readonly number[])[]
  /** For every read and every loop, whether it goes on along with the loop; where not, the numbers come again. */
  readonly reads: readonly (readonly boolean[])[]
  /** For every reduction that is over axes. */
  readonly reductions: readonly (NestReduction | undefined)[]
}

const has = (bits: number, axis: number): boolean => ((bits >> axis) & 1) === 1

const reductionOf = (over: readonly boolean[]): NestReduction => {
  const begins = over.indexOf(true)
  const inner = over.lastIndexOf(false) + 1
  return { over, begins, inner, kept: inner > begins }
}

/** The loops of a pass; undefined where one loop goes over all of its trees. */
export const nestOf = ({ spread, reductions }: Pass): Nest | undefined => {
  if (!spread) return undefined
  const { ones, reads } = spread
  if (reads.every((bits) => bits === ones) && reductions.every(({ along }) => !along)) return undefined
  const rank = spread.shapes[0]?.length ?? 0
  const signature = (axis: number): string =>
    [...reads.map((bits) => has(bits, axis)), ...reductions.map(({ along }) => along?.axes.includes(axis))].join()
  const loops: number[][] = []
  for (let axis = 0; axis < rank; axis++) {
    if (has(ones, axis)) continue
    const last = loops.at(-1)
    if (last && signature(last[0] as number) === signature(axis)) last.push(axis)
    else loops.push([axis])
  }
  if (loops.length === 0) loops.push([])
  const isAlong = (test: (axis: number) => boolean): boolean[] =>
    loops.map(([axis]) => axis !== undefined && test(axis))
  return {
    loops,
    reads: reads.map((bits) => isAlong((axis) => !has(bits, axis))),
    reductions: reductions.map(({ along }) => {
      const over = along && isAlong((axis) => along.axes.includes(axis))
      return over && reductionOf(over)
    }),
  }
}

/** How many numbers every loop goes over, for a leaf. */
export const extentsOf = ({ loops }: Nest, shape: readonly number[]): number[] =>
  loops.map((axes) => axes.reduce((product, axis) => product * (shape[axis] as number), 1))

/** How many numbers a reduction keeps in memory: those of the loops within that it is not over. */
export const keptOf = ({ over, begins, kept }: NestReduction, extents: readonly number[]): number =>
  kept ? extents.reduce((product, extent, loop) => (loop > begins && !over[loop] ? product * extent : product), 1) : 0
