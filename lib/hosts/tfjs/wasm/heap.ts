import * as tf from '@tensorflow/tfjs-core'
import {
  addressOf,
  dataOf,
  findMemory,
  type OwnedData,
  ownedDataOf,
  type TensorData,
  type WasmBackend,
} from './backend.ts'
import { makeOutput } from './memory.ts'

/** Buffers of a list over leaves. */
export type List = readonly (tf.Tensor | undefined)[]

interface Remembered<D = OwnedData | undefined> {
  readonly ids: readonly (object | undefined)[]
  readonly data: readonly D[]
  /** The call in which this was last found to stand. */
  checkedIn: number
}

/** Bytes for tables from the start, so that a step that writes in place needs no memory. */
const FIRST_ROOM = 2 ** 13

/** tfjs's heap: tensors' addresses, new tensors, and a place for tables. */
export class Heap {
  readonly backend: WasmBackend
  private readonly memory: WebAssembly.Memory
  private readonly lists = new WeakMap<List, Remembered>()
  /** The last list that will not come again: a weak map that takes in a new list every step keeps the garbage collector busy. */
  private passing: { readonly list: List; readonly data: Remembered['data'] } | undefined
  /** The last list that was looked up. */
  private recent: (Remembered<TensorData> & { readonly list: List }) | undefined
  private call = 0
  /** How often memory was exchanged: an address that was looked up before may be another tensor's. */
  exchanges = 0
  private scratch = 0
  private scratchBytes = 0
  private scratchData: object | undefined
  private floatView = new Float32Array(0)
  private byteView = new Uint8Array(0)

  constructor(backend: WasmBackend) {
    this.backend = backend
    this.memory = findMemory(backend) as WebAssembly.Memory
    this.room(FIRST_ROOM)
  }

  /** What tfjs knows of a tensor: its address, and how many tensors share its memory. */
  data(tensor: tf.Tensor): TensorData {
    return dataOf(this.backend, tensor)
  }

  /** The same of a tensor that may be written in place; what was known of it before may no longer be so. */
  owned(tensor: tf.Tensor): OwnedData {
    this.recent = undefined
    return ownedDataOf(this.backend, tensor)
  }

  /** What tfjs knows of a list's tensors, which may be written in place, looked at now; remembered, unless the list will not come again. */
  checked(list: List, once: boolean): Remembered['data'] {
    const known = this.lists.get(list)
    if (known && this.stands(list, known)) return known.data
    if (!once) return this.remember(list)
    const data = list.map((tensor) => tensor && this.owned(tensor))
    this.passing = { list, data }
    return data
  }

  private remember(list: List): Remembered['data'] {
    const ids = new Array<object | undefined>(list.length)
    const data = new Array<OwnedData | undefined>(list.length)
    for (let i = 0; i < list.length; i++) {
      const tensor = list[i]
      if (!tensor) continue
      ids[i] = tensor.dataId
      data[i] = this.owned(tensor)
    }
    this.lists.set(list, { ids, data, checkedIn: this.call })
    return data
  }

  /** What was remembered of a list. One that comes `again` is remembered now. */
  known(list: List, again = false): Remembered['data'] | undefined {
    if (this.passing?.list === list) return this.passing.data
    const known = this.lists.get(list)
    if (!known) return again ? this.remember(list) : undefined
    return known.checkedIn === this.call || this.stands(list, known) ? known.data : undefined
  }

  /** Gives a tensor that is written next the memory of another of its size, and the other its own. */
  exchange(data: OwnedData, other: TensorData): void {
    data.exchange(other)
    this.exchanges++
  }

  /** What tfjs knows of the tensors of a list that will not come again, but for another pass over the same leaves. */
  lookUp(list: readonly tf.Tensor[]): readonly TensorData[] {
    const { recent } = this
    if (recent?.list === list && this.stands(list, recent)) return recent.data
    const ids = new Array<object>(list.length)
    const data = new Array<TensorData>(list.length)
    for (let i = 0; i < list.length; i++) {
      const tensor = list[i] as tf.Tensor
      ids[i] = tensor.dataId
      data[i] = dataOf(this.backend, tensor)
    }
    this.recent = { list, ids, data, checkedIn: this.call }
    return data
  }

  /**
   * What is remembered stands as long as every tensor has the data it had and there is no other backend to which tfjs could have moved it:
   * data is only freed otherwise when the tensor is disposed.
   */
  private stands(list: List, known: Remembered<TensorData | undefined>): boolean {
    if (Object.keys(tf.engine().registry).length !== 1) return false
    for (let i = 0; i < list.length; i++) if (list[i]?.dataId !== known.ids[i]) return false
    known.checkedIn = this.call
    return true
  }

  /** A call of a kernel is over: what it found is looked at again in the next. */
  checkAgain(): void {
    this.call++
  }

  /** A new tensor, its elements as the memory was left. */
  make(shape: readonly number[]): tf.Tensor {
    const info = makeOutput(this.backend, shape, 'float32')
    return tf.engine().makeTensorFromTensorInfo(info, tf.backend())
  }

  /** The whole memory as numbers. Void after the next allocation, which may move the memory. */
  floats(): Float32Array {
    if (this.floatView.buffer !== this.memory.buffer) this.floatView = new Float32Array(this.memory.buffer)
    return this.floatView
  }

  bytes(): Uint8Array {
    if (this.byteView.buffer !== this.memory.buffer) this.byteView = new Uint8Array(this.memory.buffer)
    return this.byteView
  }

  /** The address of room for a table, a multiple of eight. The next call may give the same room. */
  room(bytes: number): number {
    if (bytes > this.scratchBytes) this.grow(bytes)
    return this.scratch
  }

  /** The room before stays until there is a larger one. */
  private grow(bytes: number): void {
    const { dataId } = makeOutput(this.backend, [bytes / 2 + 2], 'float32')
    if (this.scratchData) this.backend.disposeData(this.scratchData)
    this.scratchBytes = 2 * bytes
    this.scratchData = dataId
    this.scratch = Math.ceil(addressOf(this.backend, { dataId }) / 8) * 8
  }
}
