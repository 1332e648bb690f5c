/** A kernel's table for tensors of tfjs: what was asked of tfjs in one call is remembered for the next. */
import type * as tf from '@tensorflow/tfjs-core'
import { type Along, Draft } from '../../../simd/draft.ts'
import type { Linked } from '../../../simd/link.ts'
import type { PassCall } from '../../engine.ts'
import type { OwnedData, TensorData, Watch } from './backend.ts'
import type { Found, Heap } from './heap.ts'

type Call = PassCall<tf.Tensor, number>
type Shapes = Call['shapes']
type Known = Found<TensorData | undefined>

/**
 * From so many numbers on, an output that may take the memory of a spent read does: the line that it is written over was read already, while
 * one that is only written is read first. On smaller leaves the exchange costs more. Measured with `npm run bench`.
 */
const EXCHANGED_FROM = 768

export class TensorDraft extends Draft {
  /** Whether any leaf is large enough for its output to take the memory of a read. */
  private isLarge = false
  /** found[i][leaf]: what tfjs knows of the tensors read. */
  private readonly found: (readonly TensorData[])[]
  /** The lists of the last call: one that comes again is worth being remembered. */
  private lastReads: Call['reads'] = []
  private lastOutputs: readonly (readonly tf.Tensor[])[] = []
  /** What the heap remembered of the lists whose addresses stand in the table already: while no memory was exchanged elsewhere. */
  private readColumns: (Known | undefined)[] = []
  private outputColumns: (Known | undefined)[] = []
  private exchanges = 0
  /** For every output what is written in place: the list's watch, where it knows of all of it, else the data. */
  private inPlace: (Watch | OwnedData[])[] = []

  constructor(linked: Linked) {
    super(linked)
    this.found = Array.from({ length: linked.kernel.reads }, () => [])
  }

  /**
   * Writes the table for a call, to which it was fitted. Everything must be allocated before: addresses are asked for here, memory is
   * exchanged, and nothing may fail from here on.
   */
  fill(call: Call, outputs: readonly (readonly tf.Tensor[])[], along: Along<tf.Tensor>, heap: Heap): void {
    if (this.exchanges !== heap.exchanges) this.forgetColumns()
    this.writeReads(call, heap)
    this.writeOutputs(call, outputs, heap)
    this.writeAlong(along, heap)
    this.exchanges = heap.exchanges
    this.writeUniforms(call.uniforms)
    this.lastReads = call.reads
    this.lastOutputs = outputs
  }

  /** Says of everything written in place that it was written. */
  written(): void {
    for (const column of this.inPlace) {
      if (!Array.isArray(column)) column.writes++
      else for (const data of column) data.written()
    }
  }

  override fit(shapes: Shapes): boolean {
    if (!super.fit(shapes)) return false
    this.forgetColumns()
    this.inPlace = []
    this.isLarge = false
    for (let leaf = 0; leaf < this.rows; leaf++) this.isLarge ||= this.sizeOf(leaf) >= EXCHANGED_FROM
    return true
  }

  private sizeOf(leaf: number): number {
    return this.cells[this.at(leaf, this.table.count)] as number
  }

  private forgetColumns(): void {
    this.readColumns = []
    this.outputColumns = []
  }

  private writeReads({ reads }: Call, heap: Heap): void {
    const { cells, table } = this
    for (let i = 0; i < reads.length; i++) {
      const tensors = reads[i] as readonly tf.Tensor[]
      const known = heap.known(tensors, this.lastReads[i] === tensors)
      if (known && this.readColumns[i] === known) continue
      this.readColumns[i] = known
      const found = (known?.data ?? heap.lookUp(tensors)) as readonly TensorData[]
      this.found[i] = found
      this.isChanged = true
      for (let leaf = 0; leaf < this.rows; leaf++)
        cells[this.at(leaf, table.reads + 4 * i)] = (found[leaf] as TensorData).memoryOffset
    }
  }

  private writeOutputs(call: Call, outputs: readonly (readonly tf.Tensor[])[], heap: Heap): void {
    for (let j = 0; j < outputs.length; j++) {
      const tensors = outputs[j] as readonly tf.Tensor[]
      const known = tensors === call.into[j] ? heap.known(tensors, this.lastOutputs[j] === tensors) : undefined
      if (known && this.isLarge && call.spent?.[this.kernel.own[j] as number]) {
        this.isChanged = true
        this.exchangeOutput(j, known, heap)
        continue
      }
      if (known && known === this.outputColumns[j] && !known.watch?.isBroken) continue
      this.outputColumns[j] = known
      this.isChanged = true
      this.writeOutput(call, j, tensors, known, heap)
    }
  }

  private writeAlong(along: Along<tf.Tensor>, heap: Heap): void {
    if (along.length > 0) this.isChanged = true
    along.forEach((tensors, k) => {
      tensors?.forEach((tensor, leaf) => {
        this.cells[this.at(leaf, this.table.results + 4 * k)] = heap.data(tensor).memoryOffset
      })
    })
  }

  /** Output j takes the memory of the gradients that are given up, whose addresses stand in the table: it is written over what is read. */
  private exchangeOutput(j: number, known: Known, heap: Heap): void {
    const { cells, table } = this
    const own = this.kernel.own[j] as number
    const found = this.found[own] as readonly TensorData[]
    const inPlace: OwnedData[] = []
    for (let leaf = 0; leaf < this.rows; leaf++) {
      const data = known.data[leaf] as OwnedData
      const spent = found[leaf] as TensorData
      const isApart = this.sizeOf(leaf) >= EXCHANGED_FROM && spent !== data && spent.refCount === 1
      if (isApart) heap.exchange(data, spent)
      else inPlace.push(data)
      cells[this.at(leaf, table.outputs + 4 * j)] = data.memoryOffset
    }
    this.readColumns[own] = undefined
    this.outputColumns[j] = undefined
    this.inPlace[j] = inPlace
  }

  private writeOutput(
    { reads, into, shapes }: Call,
    j: number,
    tensors: readonly tf.Tensor[],
    known: Known | undefined,
    heap: Heap,
  ): void {
    const { cells, table } = this
    const own = this.kernel.own[j] as number
    const inPlace: OwnedData[] = []
    for (let leaf = 0; leaf < this.rows; leaf++) {
      const tensor = tensors[leaf] as tf.Tensor
      const read = reads[own]?.[leaf] === tensor ? this.found[own]?.[leaf] : undefined
      const data = read ?? known?.data[leaf] ?? heap.data(tensor)
      cells[this.at(leaf, table.outputs + 4 * j)] = data.memoryOffset
      // A scalar is nobody's packed weights.
      if (into[j]?.[leaf] && shapes[leaf]?.length !== 0) inPlace.push(data as OwnedData)
    }
    const { watch } = known ?? {}
    this.inPlace[j] = watch && !watch.isBroken ? watch : inPlace
  }
}
