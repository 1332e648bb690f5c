/** A kernel's table as the host writes it, kept from call to call: in a training loop most of it stays the same. */
import type * as tf from '@tensorflow/tfjs-core'
import { ownRead, type Pass } from '../../rule/pass.ts'
import type { OwnedData, TensorData } from '../../wasm/tfjs.ts'
import type { PassCall } from '../engine.ts'
import type { Heap } from './heap.ts'
import type { Kernel } from './kernel.ts'
import type { Table } from './table.ts'

type Call = PassCall<tf.Tensor, number>
type Shapes = Call['shapes']
type Known = readonly (TensorData | undefined)[]

export class Draft {
  private readonly kernel: Kernel
  private readonly table: Table
  /** For every output the read whose tensor it may be written over, or −1. */
  private readonly ownReads: readonly number[]
  private cells = new Int32Array(0)
  private numbers = new Float32Array(0)
  private shapes: Shapes | undefined
  private rows = 0
  /** found[i][leaf]: what tfjs knows of the tensors read. */
  private readonly found: readonly TensorData[][]
  /** What the heap remembered of the lists whose addresses stand in the table already. */
  private readColumns: (Known | undefined)[] = []
  private outputColumns: (Known | undefined)[] = []
  /** For every output the data that is written in place. */
  private inPlace: OwnedData[][] = []

  constructor(kernel: Kernel, table: Table, { reads, outputs }: Pass) {
    this.kernel = kernel
    this.table = table
    this.ownReads = outputs.map(({ target }) => ownRead(reads, target))
    this.found = Array.from({ length: kernel.reads }, () => [])
  }

  /** The table's bytes for a call. Everything must be allocated before: addresses are asked for here. */
  fill(call: Call, outputs: readonly (readonly tf.Tensor[])[], heap: Heap): Uint8Array {
    this.fit(call.shapes)
    this.writeReads(call, heap)
    this.writeOutputs(call, outputs, heap)
    this.writeUniforms(call)
    return new Uint8Array(this.cells.buffer, 0, this.bytes)
  }

  get bytes(): number {
    return this.table.head + this.rows * this.table.row
  }

  /** Says of everything written in place that it was written. */
  written(): void {
    for (const column of this.inPlace) for (const data of column) data.written()
  }

  /** Where a row's word at a byte offset is. */
  private at(leaf: number, offset: number): number {
    return (this.table.head + leaf * this.table.row + offset) / 4
  }

  private fit(shapes: Shapes): void {
    if (shapes === this.shapes) return
    this.shapes = shapes
    this.rows = shapes.length
    this.readColumns = []
    this.outputColumns = []
    this.inPlace = []
    if (this.cells.byteLength < this.bytes) {
      this.cells = new Int32Array(this.bytes / 4)
      this.numbers = new Float32Array(this.cells.buffer)
    }
    shapes.forEach((shape, leaf) => {
      this.cells[this.at(leaf, this.table.count)] = shape.reduce((size, extent) => size * extent, 1)
    })
  }

  private writeReads({ reads }: Call, heap: Heap): void {
    const { cells, table } = this
    for (let i = 0; i < reads.length; i++) {
      const tensors = reads[i] as readonly tf.Tensor[]
      const found = this.found[i] as TensorData[]
      const known = heap.known(tensors)
      if (known && this.readColumns[i] === known) continue
      this.readColumns[i] = known
      for (let leaf = 0; leaf < this.rows; leaf++) {
        const data = known?.[leaf] ?? heap.data(tensors[leaf] as tf.Tensor)
        found[leaf] = data
        cells[this.at(leaf, table.reads + 4 * i)] = data.memoryOffset
      }
    }
  }

  private writeOutputs(call: Call, outputs: readonly (readonly tf.Tensor[])[], heap: Heap): void {
    for (let j = 0; j < outputs.length; j++) {
      const tensors = outputs[j] as readonly tf.Tensor[]
      const known = tensors === call.into[j] ? heap.known(tensors) : undefined
      if (known && known === this.outputColumns[j]) continue
      this.outputColumns[j] = known
      this.writeOutput(call, j, tensors, known, heap)
    }
  }

  private writeOutput(
    { reads, into, shapes }: Call,
    j: number,
    tensors: readonly tf.Tensor[],
    known: Known | undefined,
    heap: Heap,
  ): void {
    const { cells, table } = this
    const own = this.ownReads[j] as number
    const inPlace: OwnedData[] = []
    for (let leaf = 0; leaf < this.rows; leaf++) {
      const tensor = tensors[leaf] as tf.Tensor
      const read = reads[own]?.[leaf] === tensor ? this.found[own]?.[leaf] : undefined
      const data = read ?? known?.[leaf] ?? heap.data(tensor)
      cells[this.at(leaf, table.outputs + 4 * j)] = data.memoryOffset
      // A scalar is nobody's packed weights.
      if (into[j]?.[leaf] && shapes[leaf]?.length !== 0) inPlace.push(data as OwnedData)
    }
    this.inPlace[j] = inPlace
  }

  private writeUniforms({ uniforms }: Call): void {
    uniforms.forEach((value, i) => {
      const offset = this.table.uniforms[i] as number
      if (!this.kernel.perLeaf[i]) this.numbers[offset / 4] = value as number
      else {
        for (let leaf = 0; leaf < this.rows; leaf++)
          this.numbers[this.at(leaf, offset)] = (value as readonly number[])[leaf] as number
      }
    })
  }
}
