/**
 * What this engine uses of tfjs's WebGPU backend beyond its public face, all of it in this file.
 *
 * tfjs collects dispatches in a command encoder and submits them now and then. Kernels of our own go the same way, so that they
 * stand in line with tfjs's, and keep its books: a tensor that was disposed lives on until the queue is submitted.
 */
import * as tf from '@tensorflow/tfjs-core'
import type { Arena, TensorData } from './arena.ts'
import { type BufferManager, type Kept, type Shelf, shelfOf } from './shelf.ts'

type DataId = tf.Tensor['dataId']

/** Tensors of a list over leaves. */
export type List = readonly (tf.Tensor | undefined)[]

/** What tfjs knows of the tensors of a list. */
export interface Listed {
  readonly list: List
  readonly ids: readonly (DataId | undefined)[]
  readonly data: readonly (TensorData | undefined)[]
  /** Their buffers; undefined for one that lies in an arena. */
  readonly buffers: readonly (GPUBuffer | undefined)[]
  /** The arena of the first that lies in one; `isWhole`: all of the list do, each in its place. */
  readonly arena: Arena | undefined
  readonly isWhole: boolean
}

/** The parts of tfjs's `WebGPUBackend` that are used here; some are private there. */
interface Internals {
  readonly device: GPUDevice
  readonly queue: GPUQueue
  readonly bufferManager: BufferManager
  readonly tensorMap: { get(id: DataId): TensorData | undefined; has(id: DataId): boolean }
  commandEncoder: GPUCommandEncoder | null
  computePassEncoder: GPUComputePassEncoder | null
  commandQueueOwnedIds: { add(id: DataId): void }
  dispatchCountInPass: number
  uniformPendingDisposal: GPUBuffer[]
  ensureCommandEncoderReady(): void
  endComputePassEncoder(): void
  submitQueue(): void
  uploadToGPU(id: DataId): void
  makeTensorInfo(shape: number[], dtype: 'float32'): tf.TensorInfo
  read(id: DataId): Promise<unknown>
}

const methods = [
  'ensureCommandEncoderReady',
  'endComputePassEncoder',
  'submitQueue',
  'uploadToGPU',
  'makeTensorInfo',
  'read',
]
const objects = ['device', 'queue', 'bufferManager', 'tensorMap', 'commandQueueOwnedIds', 'uniformPendingDisposal']
const fields = ['commandEncoder', 'computePassEncoder', 'dispatchCountInPass']

/** Why this engine cannot work on a backend; undefined where it can. */
export const whyNotTfjs = (backend: object): string | undefined => {
  const given = backend as Readonly<Record<string, unknown>>
  const missing = [
    ...methods.filter((name) => typeof given[name] !== 'function'),
    ...objects.filter((name) => typeof given[name] !== 'object' || given[name] === null),
    ...fields.filter((name) => !(name in given)),
  ]
  return missing.length === 0 ? undefined : `this version of tfjs's WebGPU backend has no ${missing.join(', ')}`
}

/** No numbers need no buffer. */
const lacksBuffer = ({ resource, shape }: TensorData): boolean => !resource && !shape.includes(0)

const stands = ({ list, ids, data, buffers, arena, isWhole }: Listed): boolean => {
  if (arena) return isWhole && standsIn(arena, list, ids, data)
  for (let i = 0; i < list.length; i++) {
    if (list[i]?.dataId !== ids[i]) return false
    const known = data[i]
    if (!known) continue
    if (known.refCount === 0 || known.lodging?.arena || (known.resource ?? undefined) !== buffers[i]) return false
  }
  return true
}

const standsIn = ({ inside }: Arena, list: List, ids: Listed['ids'], data: Listed['data']): boolean => {
  for (let i = 0; i < list.length; i++) {
    const known = data[i] as TensorData
    if (list[i]?.dataId !== ids[i] || known.refCount === 0 || inside[i] !== known) return false
  }
  return true
}

/** The usage of tfjs's tensors. */
export const tensorUsage = (): number => GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST

/** tfjs's own flag: how many dispatches it collects before it submits them. */
const batchSize = (): number => tf.env().getNumber('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE')

/** tfjs's WebGPU backend, as this engine sees it. */
export class Tfjs {
  readonly device: GPUDevice
  /** Buffers of new tensors that were given back. */
  readonly shelf: Shelf
  private readonly backend: Internals
  /** Tensors that are being read; those written meanwhile are marked. */
  private readonly reads = new Map<DataId, { overtaken: boolean }[]>()

  constructor(backend: object) {
    this.backend = backend as Internals
    this.device = this.backend.device
    this.shelf = shelfOf(this.backend.bufferManager)
    this.guardReads()
  }

  private readonly lists = new WeakMap<List, Listed>()

  /** What tfjs knows of a list that comes again in other steps. */
  known(list: List): Listed {
    const last = this.lists.get(list)
    const now = this.look(list, last)
    if (now !== last) this.lists.set(list, now)
    return now
  }

  /**
   * What tfjs knows of a list: what was known the last time, where that still stands. Data that tfjs has given up, with its tensor or because
   * another backend took it, counts no reference; a tensor that stands in the place of another has another id. Lists that come once are not
   * remembered: a weak map that takes in a new list every step keeps the garbage collector busy.
   */
  look(list: List, last: Listed | undefined = this.lists.get(list)): Listed {
    if (last && stands(last)) return last
    const ids = new Array<DataId | undefined>(list.length)
    const data = new Array<TensorData | undefined>(list.length)
    const buffers = new Array<GPUBuffer | undefined>(list.length)
    let arena: Arena | undefined
    let inside = 0
    for (let i = 0; i < list.length; i++) {
      const dataId = list[i]?.dataId
      if (!dataId) continue
      ids[i] = dataId
      const known = this.dataOf(dataId)
      data[i] = known
      const home = known.lodging?.arena
      if (!home) buffers[i] = known.resource ?? undefined
      else {
        arena ??= home
        if (home === arena && home.inside[i] === known) inside++
      }
    }
    return { list, ids, data, buffers, arena, isWhole: arena !== undefined && inside === list.length }
  }

  /** What tfjs knows of a list all of which has buffers of its own: what lies in an arena leaves it. */
  withBuffers(list: List): Listed {
    const found = this.look(list)
    if (!found.arena) return found
    for (const data of found.data) void data?.resource
    return this.known(list)
  }

  /** `get` also moves data here from another backend. */
  private dataOf(dataId: DataId): TensorData {
    const data = this.backend.tensorMap.get(dataId) as TensorData
    if (!data.lodging?.arena && lacksBuffer(data)) this.backend.uploadToGPU(dataId)
    return data
  }

  /** The buffer that holds a tensor's numbers; uploads them where tfjs still has them on the host. */
  bufferOf({ dataId }: tf.TensorInfo): GPUBuffer {
    return this.dataOf(dataId).resource as GPUBuffer
  }

  /** A tensor is written next: what tfjs has read of it before is no longer so. */
  overtake(dataId: DataId, data: TensorData): void {
    if (data.values !== null) data.values = null
    if (this.reads.size > 0) for (const read of this.reads.get(dataId) ?? []) read.overtaken = true
  }

  /** The same of all tensors of a list. */
  overtakeAll({ ids, data }: Listed): void {
    const isRead = this.reads.size > 0
    for (let i = 0; i < data.length; i++) {
      const known = data[i]
      if (known && (isRead || known.values !== null)) this.overtake(ids[i] as DataId, known)
    }
  }

  /** A new tensor of any numbers, in a buffer that waits on the shelf, or in whichever tfjs has. */
  makeTensor(shape: readonly number[], kept: Kept | undefined): tf.Tensor {
    const tensor = tf.engine().makeTensorFromTensorInfo(this.backend.makeTensorInfo([...shape], 'float32'))
    if (kept) (this.backend.tensorMap.get(tensor.dataId) as TensorData).resource = this.shelf.take(kept)
    return tensor
  }

  /** True when nobody else holds the memory of a tensor. */
  isOnlyHolder({ dataId }: tf.Tensor): boolean {
    const data = this.backend.tensorMap.get(dataId)
    return data !== undefined && data.external !== true && data.refCount === 1
  }

  /**
   * The same of all tensors of a list, which must be alive: of one that was disposed a clone may be the only holder. `once`: the list will not come
   * again.
   */
  areOnlyHolders(list: List, once: boolean): boolean {
    for (const tensor of list) if (tensor?.isDisposed) return false
    const { data } = once ? this.look(list, undefined) : this.known(list)
    for (const known of data) if (known && (known.refCount !== 1 || known.external === true)) return false
    return true
  }

  /** Keeps a tensor's buffer until the queue is submitted, should it be disposed before. */
  keep({ dataId }: tf.TensorInfo): void {
    this.backend.commandQueueOwnedIds.add(dataId)
  }

  /** A buffer of tensor memory for the dispatches that come next; to be given back with `release`. */
  borrow(bytes: number): GPUBuffer {
    return this.backend.bufferManager.acquireBuffer(bytes, tensorUsage())
  }

  /** Commands run in order, so the next user of the buffer may have it at once. */
  release(buffer: GPUBuffer): void {
    this.backend.bufferManager.releaseBuffer(buffer)
  }

  /** Copies bytes, in line with all else. */
  copy(from: GPUBuffer, start: number, to: GPUBuffer, place: number, bytes: number): void {
    this.backend.ensureCommandEncoderReady()
    this.backend.endComputePassEncoder()
    ;(this.backend.commandEncoder as GPUCommandEncoder).copyBufferToBuffer(from, start, to, place, bytes)
  }

  /** A buffer that the host writes to. It must not be written to again before the queue is submitted: see `retire`. */
  acquire(bytes: number, usage: number): GPUBuffer {
    return this.backend.bufferManager.acquireBuffer(bytes, usage | GPUBufferUsage.COPY_DST)
  }

  /** Gives back a buffer of `acquire` once the queue is submitted. */
  retire(buffer: GPUBuffer): void {
    this.backend.uniformPendingDisposal.push(buffer)
  }

  /** Submits what is in line, if anything is. */
  submit(): void {
    if (!this.backend.commandEncoder) return
    this.backend.endComputePassEncoder()
    this.backend.submitQueue()
  }

  /** The compute pass that tfjs is writing, or a new one. Buffers must be asked for before: an upload ends the pass. */
  computePass(): GPUComputePassEncoder {
    this.backend.ensureCommandEncoderReady()
    this.backend.computePassEncoder ??= (this.backend.commandEncoder as GPUCommandEncoder).beginComputePass()
    return this.backend.computePassEncoder
  }

  /** Counts dispatches, and submits them when tfjs would. Answers whether it did: then nothing has to be kept for them. */
  dispatched(count: number): boolean {
    this.backend.dispatchCountInPass += count
    if (this.backend.dispatchCountInPass < batchSize()) return false
    this.backend.endComputePassEncoder()
    this.backend.submitQueue()
    return true
  }

  /**
   * tfjs remembers what it has read of a tensor. A read that was under way while the tensor was written in place answers what it
   * was asked for, the old numbers, but they must not be remembered.
   */
  private guardReads(): void {
    const { backend, reads } = this
    const read = backend.read
    backend.read = async (dataId) => {
      const mine = { overtaken: false }
      const others = reads.get(dataId) ?? []
      reads.set(dataId, [...others, mine])
      try {
        return await read.call(backend, dataId)
      } finally {
        const left = (reads.get(dataId) ?? []).filter((other) => other !== mine)
        if (left.length > 0) reads.set(dataId, left)
        else reads.delete(dataId)
        const data = mine.overtaken && backend.tensorMap.has(dataId) ? backend.tensorMap.get(dataId) : undefined
        if (data) data.values = null
      }
    }
  }
}
