import * as tf from '@tensorflow/tfjs-core'
import type { Draft } from '../../../simd/draft.ts'
import { Scratch } from '../../scratch.ts'
import {
  addressOf,
  dataOf,
  findMemory,
  type OwnedData,
  ownedDataOf,
  type TensorData,
  type WasmBackend,
  Watch,
} from './backend.ts'
import { makeOutput } from './memory.ts'
import { blocksOf, passingTensor } from './passing.ts'

/** Buffers of a list over leaves. */
export type List = readonly (tf.Tensor | undefined)[]

/** What was found for a list of tensors. */
export interface Found<D = OwnedData | undefined> {
  readonly data: readonly D[]
  /** Of a list that comes again. */
  readonly watch?: Watch
}

interface Remembered<D = OwnedData | undefined> extends Found<D> {
  readonly ids: readonly (object | undefined)[]
  /** The call in which this was last found to stand. */
  checkedIn: number
}

/** Bytes for tables from the start, so that a step that writes in place needs no memory. */
const FIRST_ROOM = 2 ** 13

/** tfjs's heap: tensors' addresses, new tensors, and a place for tables. */
export class Heap {
  readonly backend: WasmBackend
  private readonly memory: WebAssembly.Memory
  private readonly loans: Scratch<tf.Tensor>
  private readonly lists = new WeakMap<List, Remembered>()
  /** The last list that will not come again: a weak map that takes in a new list every step keeps the garbage collector busy. */
  private passing: ({ readonly list: List } & Found) | undefined
  /** The last list that was looked up. */
  private recent: (Remembered<TensorData> & { readonly list: List }) | undefined
  private call = 0
  /** How often memory was exchanged: an address that was looked up before may be another tensor's. */
  exchanges = 0
  private scratch = 0
  private scratchBytes = 0
  private scratchData: object | undefined
  /** Whose table stands in the room, as it was written there. */
  private holder: object | undefined
  private floatView = new Float32Array(0)
  private byteView = new Uint8Array(0)

  constructor(backend: WasmBackend) {
    this.backend = backend
    this.memory = findMemory(backend) as WebAssembly.Memory
    this.loans = new Scratch(blocksOf(backend), (shape, at, giveBack) => passingTensor(backend, shape, at, giveBack))
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

  /**
   * True where all tensors of a list are alive and nobody else holds their memory: they may be written in place. What is found is remembered,
   * unless the list will not come again.
   */
  isFree(list: List, once: boolean): boolean {
    const known = this.lists.get(list)
    if (known?.watch?.isFree && this.stands(list, known)) return true
    for (const tensor of list) if (tensor?.isDisposed) return false
    const { data, watch } = this.checked(list, once, known)
    for (const each of data) if (each && each.refCount !== 1) return false
    if (watch) watch.isFree = !watch.isBroken
    return true
  }

  private checked(list: List, once: boolean, known: Remembered | undefined): Found {
    if (known && this.stands(list, known)) return known
    if (!once) return this.remember(list)
    const data = list.map((tensor) => tensor && this.owned(tensor))
    this.passing = { list, data }
    return this.passing
  }

  private remember(list: List): Remembered {
    const ids = new Array<object | undefined>(list.length)
    const data = new Array<OwnedData | undefined>(list.length)
    const watch = new Watch()
    for (let i = 0; i < list.length; i++) {
      const tensor = list[i]
      if (!tensor) continue
      ids[i] = tensor.dataId
      const owned = this.owned(tensor)
      owned.watchedBy(watch)
      data[i] = owned
    }
    const made = { ids, data, watch, checkedIn: this.call }
    this.lists.set(list, made)
    return made
  }

  /** What was remembered of a list. One that comes `again` is remembered now. */
  known(list: List, again = false): Found | undefined {
    if (this.passing?.list === list) return this.passing
    const known = this.lists.get(list)
    if (!known) return again ? this.remember(list) : undefined
    return known.checkedIn === this.call || this.stands(list, known) ? known : undefined
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
   * data is only freed otherwise when the tensor is disposed. What was moved there and back has no holder any more.
   */
  private stands(list: List, known: Remembered<TensorData | undefined>): boolean {
    if (Object.keys(tf.engine().registry).length !== 1) return false
    if (!known.watch?.isFree && !this.isWhereItWas(list, known)) return false
    known.checkedIn = this.call
    return true
  }

  private isWhereItWas(list: List, { ids, data }: Remembered<TensorData | undefined>): boolean {
    for (let i = 0; i < list.length; i++) if (list[i]?.dataId !== ids[i] || data[i]?.refCount === 0) return false
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

  /** New tensors that only the passes of a run know. Errors: `out-of-memory`. */
  lend(shapes: readonly (readonly number[])[]): readonly tf.Tensor[] {
    return this.loans.lend(shapes)
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

  /** Puts a table into the room: all of it, or only its head where the rest stands there already. */
  put(draft: Draft, head: number): void {
    this.bytes().set(draft.image(this.holder === draft), head)
    this.holder = draft
  }

  /** The room before stays until there is a larger one. */
  private grow(bytes: number): void {
    const { dataId } = makeOutput(this.backend, [bytes / 2 + 2], 'float32')
    this.holder = undefined
    if (this.scratchData) this.backend.disposeData(this.scratchData)
    this.scratchBytes = 2 * bytes
    this.scratchData = dataId
    this.scratch = Math.ceil(addressOf(this.backend, { dataId }) / 8) * 8
  }
}
