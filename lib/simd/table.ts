/**
 * The table that a kernel is called with, in the same memory as the tensors: one call runs a pass over all leaves.
 *
 *     head    one f32 for every uniform that is one number a step
 *     rows    one a leaf: the number of elements (i32), the address of every tree read and of every tree written (i32),
 *             one f32 for every uniform that is one number a leaf, and room for the f64 of every reduction
 *
 * A kernel of several loops has in each row, too: how many numbers every loop goes over, the address of the result of every reduction over axes,
 * and where what it keeps in memory until then begins, in bytes from the head, and of how many numbers it is (i32).
 */
import type { Kernel } from './kernel.ts'

export interface Table {
  /** Byte offsets: in the head for uniforms of rank step, in the row for everything else. */
  readonly count: number
  readonly reads: number
  readonly outputs: number
  readonly uniforms: readonly number[]
  readonly reductions: number
  readonly extents: number
  readonly results: number
  readonly kept: number
  /** Bytes from one row to the next, and from the head to the first; multiples of eight. */
  readonly row: number
  readonly head: number
}

const upToEight = (bytes: number): number => Math.ceil(bytes / 8) * 8

export const tableOf = ({ reads, perLeaf, outputs, reductions, nest }: Kernel): Table => {
  const leafUniforms = perLeaf.filter(Boolean).length
  const afterReads = 4 + 4 * reads
  const afterOutputs = afterReads + 4 * outputs.length
  let inHead = 0
  let inRow = afterOutputs
  const uniforms = perLeaf.map((leaf) => {
    const at = leaf ? inRow : inHead
    if (leaf) inRow += 4
    else inHead += 4
    return at
  })
  const extents = afterOutputs + 4 * leafUniforms
  const results = extents + 4 * (nest?.loops.length ?? 0)
  const kept = results + (nest ? 4 * reductions.length : 0)
  const sums = upToEight(kept + (nest ? 8 * reductions.length : 0))
  return {
    count: 0,
    reads: 4,
    outputs: afterReads,
    uniforms,
    reductions: sums,
    extents,
    results,
    kept,
    row: sums + 8 * reductions.length,
    head: upToEight(inHead),
  }
}
