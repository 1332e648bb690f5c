/** A kernel's table as the host writes it, kept from call to call: in a training loop most of it stays the same. */
import type { PassCall } from '../hosts/engine.ts'
import type { Pass } from '../rule/plan.ts'
import type { Kernel } from './kernel.ts'
import type { Linked } from './link.ts'
import { extentsOf, keptOf, type NestReduction } from './nest.ts'
import type { Table } from './table.ts'

type Shapes = PassCall<unknown, number>['shapes']
type Uniforms = PassCall<unknown, number>['uniforms']

/** For every reduction over axes the buffers of its results, by leaf. */
export type Along<B> = readonly (readonly B[] | undefined)[]

/** How many units a table has at most. */
const MOST_UNITS = 128

const upToVector = (bytes: number): number => Math.ceil(bytes / 16) * 16

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, extent) => product * extent, 1)

/**
 * What every host writes alike; addresses are written by those that know them. A leaf of more numbers than a row may have is several rows, one
 * behind the other.
 */
export class Draft {
  protected readonly kernel: Kernel
  protected readonly table: Table
  /** How many numbers a row may have. */
  protected readonly most: number
  /** How many numbers are worth being taken by a thread; ∞ where there are none. */
  private readonly worth: number
  protected cells = new Int32Array(0)
  rows = 0
  /** The first row of every leaf, and last how many rows there are. */
  protected first: readonly number[] = [0]
  /** The first row of every unit that threads take, and last how many rows there are; they stand behind the rows. None without `most`. */
  units: readonly number[] = []
  /** How many numbers all rows have. */
  size = 0
  /** Bytes behind the table for what reductions over axes keep. */
  private keptBytes = 0
  private numbers = new Float32Array(0)
  /** Whether anything behind the head is other than when the table's bytes were last taken. */
  protected isChanged = true
  private shapes: Shapes | undefined
  private drawn = new Uint8Array(0)

  /** Default: most = ∞, a row a leaf, as it is always where a kernel has several loops. */
  constructor({ kernel, table }: Linked, most = Number.POSITIVE_INFINITY) {
    this.kernel = kernel
    this.table = table
    this.most = kernel.nest ? Number.POSITIVE_INFINITY : most
    this.worth = most
  }

  /** How many bytes the table has. */
  private get tableBytes(): number {
    return this.end + 4 * this.units.length
  }

  /** How many bytes a call needs, with what is kept behind the table. */
  get bytes(): number {
    return upToVector(this.tableBytes) + this.keptBytes
  }

  /** How many bytes lie before the units. */
  get end(): number {
    return this.table.head + this.rows * this.table.row
  }

  /** Makes room for these leaves, and says whether they are others than before: to be called before `bytes` is asked for. */
  fit(shapes: Shapes): boolean {
    if (shapes === this.shapes) return false
    this.shapes = shapes
    this.isChanged = true
    const sizes = shapes.map(sizeOf)
    const first = [0]
    for (const size of sizes) first.push((first.at(-1) as number) + Math.max(1, Math.ceil(size / this.most)))
    this.first = first
    this.rows = first.at(-1) as number
    this.size = sizes.reduce((sum, size) => sum + size, 0)
    this.units = this.worth < Number.POSITIVE_INFINITY ? this.unitsOf(sizes) : []
    if (this.cells.byteLength < this.tableBytes) {
      this.cells = new Int32Array(this.tableBytes / 4)
      this.numbers = new Float32Array(this.cells.buffer)
    }
    sizes.forEach((size, leaf) => {
      let left = size
      for (let row = this.first[leaf] as number; row < (this.first[leaf + 1] as number); row++) {
        this.cells[this.at(row, this.table.count)] = Math.min(left, this.most)
        left -= this.most
      }
    })
    this.cells.set(this.units, this.end / 4)
    this.writeNest(shapes)
    return true
  }

  /** What a kernel of several loops is told of its leaves. */
  private writeNest(shapes: Shapes): void {
    const { nest } = this.kernel
    this.keptBytes = 0
    if (!nest) return
    const start = upToVector(this.tableBytes)
    shapes.forEach((shape, leaf) => {
      const extents = extentsOf(nest, shape)
      this.cells.set(extents, this.at(leaf, this.table.extents))
      nest.reductions.forEach((axes, i) => {
        const count = axes ? keptOf(axes as NestReduction, extents) : 0
        this.cells.set([start + this.keptBytes, count], this.at(leaf, this.table.kept + 8 * i))
        this.keptBytes += upToVector((this.kernel.reductions[i]?.op === 'sum' ? 8 : 4) * count)
      })
    })
  }

  /** Rows that are worth being taken together: as many numbers as a row may have at least, more where there would be too many units. */
  private unitsOf(sizes: readonly number[]): number[] {
    const enough = Math.max(this.worth, this.size / MOST_UNITS)
    const units = [0]
    let [row, numbers] = [0, 0]
    for (const size of sizes)
      for (let left = size, isFirst = true; isFirst || left > 0; left -= this.most, isFirst = false) {
        row++
        numbers += Math.min(left, this.most)
        if (numbers < enough) continue
        units.push(row)
        numbers = 0
      }
    if (units.at(-1) !== row) units.push(row)
    return units
  }

  /** Where a row's word at a byte offset is. */
  protected at(row: number, offset: number): number {
    return (this.table.head + row * this.table.row + offset) / 4
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
    const { first, numbers } = this
    this.isChanged = true
    for (let leaf = 0; leaf < values.length; leaf++)
      for (let row = first[leaf] as number; row < (first[leaf + 1] as number); row++)
        numbers[this.at(row, offset)] = values[leaf] as number
  }

  /**
   * What the kernel reduced, read from the table at `head`: of the rows a leaf in their order, and then of the leaves. `along`: the buffers of what it
   * reduced over axes, in the place of such a reduction.
   */
  reductionsIn<B>(
    buffer: ArrayBufferLike,
    head: number,
    { reductions }: Pass,
    along: Along<B>,
  ): (number | number[] | readonly B[])[] {
    const { first, table } = this
    const stride = table.row / 8
    return reductions.map(({ op, over }, i) => {
      const buffers = along[i]
      if (buffers) return buffers
      const view = new Float64Array(buffer, head + table.head + table.reductions + 8 * i)
      const parts = new Array<number>(first.length - 1)
      const isSum = op === 'sum'
      let all = isSum ? 0 : Number.NEGATIVE_INFINITY
      // In loops: every step of a training with a norm is here, once a leaf.
      for (let leaf = 0; leaf < parts.length; leaf++) {
        let at = (first[leaf] as number) * stride
        const end = (first[leaf + 1] as number) * stride
        let made = view[at] as number
        for (at += stride; at < end; at += stride) {
          const next = view[at] as number
          made = isSum ? made + next : Math.max(made, next)
        }
        parts[leaf] = made
        all = isSum ? all + made : Math.max(all, made)
      }
      return over === 'leaf' ? parts : all
    })
  }

  /** The table's bytes, as they are to be copied into the memory; where it `stands` there from the last call, those that may be other. */
  image(stands: boolean): Uint8Array {
    const bytes = stands && !this.isChanged ? this.table.head : this.tableBytes
    this.isChanged = false
    if (this.drawn.byteLength !== bytes || this.drawn.buffer !== this.cells.buffer)
      this.drawn = new Uint8Array(this.cells.buffer, 0, bytes)
    return this.drawn
  }
}
