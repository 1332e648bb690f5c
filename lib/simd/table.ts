/**
 * The table that a kernel is called with, in the same memory as the tensors: one call runs a pass over all leaves.
 *
 *     head    one f32 for every uniform that is one number a step
 *     rows    one a leaf: the number of elements (i32), the address of every tree read and of every tree written (i32),
 *             one f32 for every uniform that is one number a leaf, and room for the f64 of every reduction
 */
import type { Kernel } from './kernel.ts'

export interface Table {
  /** Byte offsets: in the head for uniforms of rank step, in the row for everything else. */
  readonly count: number
  readonly reads: number
  readonly outputs: number
  readonly uniforms: readonly number[]
  readonly reductions: number
  /** Bytes from one row to the next, and from the head to the first; multiples of eight. */
  readonly row: number
  readonly head: number
}

const upToEight = (bytes: number): number => Math.ceil(bytes / 8) * 8

export const tableOf = ({ reads, perLeaf, outputs, reductions }: Kernel): Table => {
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
  const results = upToEight(afterOutputs + 4 * leafUniforms)
  return {
    count: 0,
    reads: 4,
    outputs: afterReads,
    uniforms,
    reductions: results,
    row: results + 8 * reductions.length,
    head: upToEight(inHead),
  }
}
