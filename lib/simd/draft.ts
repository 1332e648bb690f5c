/** A kernel's table as the host writes it, kept from call to call: in a training loop most of it stays the same. */
import { binaryMeaning } from '../expr/meaning.ts'
import type { PassCall } from '../hosts/engine.ts'
import type { Pass } from '../rule/plan.ts'
import type { Kernel } from './kernel.ts'
import type { Linked } from './link.ts'
import type { Table } from './table.ts'

type Shapes = PassCall<unknown, number>['shapes']
type Uniforms = PassCall<unknown, number>['uniforms']

/** What every host writes alike; addresses are written by those that know them. */
export class Draft {
  protected readonly kernel: Kernel
  protected readonly table: Table
  protected cells = new Int32Array(0)
  protected rows = 0
  private numbers = new Float32Array(0)
  private shapes: Shapes | undefined

  constructor({ kernel, table }: Linked) {
    this.kernel = kernel
    this.table = table
  }

  get bytes(): number {
    return this.table.head + this.rows * this.table.row
  }

  /** Makes room for these leaves, and says whether they are others than before: to be called before `bytes` is asked for. */
  fit(shapes: Shapes): boolean {
    if (shapes === this.shapes) return false
    this.shapes = shapes
    this.rows = shapes.length
    if (this.cells.byteLength < this.bytes) {
      this.cells = new Int32Array(this.bytes / 4)
      this.numbers = new Float32Array(this.cells.buffer)
    }
    shapes.forEach((shape, leaf) => {
      this.cells[this.at(leaf, this.table.count)] = shape.reduce((product, extent) => product * extent, 1)
    })
    return true
  }

  /** Where a row's word at a byte offset is. */
  protected at(leaf: number, offset: number): number {
    return (this.table.head + leaf * this.table.row + offset) / 4
  }

  protected writeUniforms(uniforms: Uniforms): void {
    const { perLeaf } = this.kernel
    for (let i = 0; i < uniforms.length; i++) {
      const offset = this.table.uniforms[i] as number
      if (perLeaf[i]) this.writePerLeaf(offset, uniforms[i] as readonly number[])
      else this.numbers[offset / 4] = uniforms[i] as number
    }
  }

  private writePerLeaf(offset: number, values: readonly number[]): void {
    for (let leaf = 0; leaf < this.rows; leaf++) this.numbers[this.at(leaf, offset)] = values[leaf] as number
  }

  /** The table's bytes, as they are to be copied into the memory. */
  protected get image(): Uint8Array {
    return new Uint8Array(this.cells.buffer, 0, this.bytes)
  }
}

/** What a kernel reduced, read from its table at `head`. */
export const reductionsIn = (
  buffer: ArrayBufferLike,
  head: number,
  table: Table,
  { reductions }: Pass,
  rows: number,
): (number | number[])[] =>
  reductions.map(({ op, over }, i) => {
    const view = new Float64Array(buffer, head + table.head + table.reductions + 8 * i)
    const parts = Array.from({ length: rows }, (_, leaf) => view[(leaf * table.row) / 8] as number)
    if (over === 'leaf') return parts
    return op === 'sum'
      ? parts.reduce(binaryMeaning.add, 0)
      : parts.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  })
