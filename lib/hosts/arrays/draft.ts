/** A kernel's table for leaves that know where they are. */
import { type Along, Draft } from '../../simd/draft.ts'
import type { PassCall } from '../engine.ts'
import type { ArrayLeaf } from './leaf.ts'

type Lists = readonly (readonly ArrayLeaf[])[]

export class ArrayDraft extends Draft {
  /** The lists of the last call: a leaf never moves, so the addresses of one that comes again stand in the table. */
  private reads: Lists = []
  private outputs: Lists = []

  /** Writes the table for a call, to which it was fitted. */
  fill({ reads, uniforms }: PassCall<ArrayLeaf, number>, outputs: Lists, along: Along<ArrayLeaf>): void {
    const { table } = this
    reads.forEach((list, i) => {
      if (list !== this.reads[i]) this.writeColumn(table.reads + 4 * i, list)
    })
    outputs.forEach((list, j) => {
      if (list !== this.outputs[j]) this.writeColumn(table.outputs + 4 * j, list)
    })
    along.forEach((list, k) => {
      if (list) this.writeColumn(table.results + 4 * k, list)
    })
    this.reads = reads
    this.outputs = outputs
    this.writeUniforms(uniforms)
  }

  override fit(shapes: PassCall<ArrayLeaf, number>['shapes']): boolean {
    const isNew = super.fit(shapes)
    if (isNew) [this.reads, this.outputs] = [[], []]
    return isNew
  }

  private writeColumn(offset: number, list: readonly ArrayLeaf[]): void {
    const { cells, first, most } = this
    this.isChanged = true
    for (let leaf = 0; leaf < list.length; leaf++) {
      let { at } = list[leaf] as ArrayLeaf
      for (let row = first[leaf] as number; row < (first[leaf + 1] as number); row++) {
        cells[this.at(row, offset)] = at
        at += 4 * most
      }
    }
  }
}
