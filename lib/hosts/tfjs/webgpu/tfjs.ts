/**
 * What this engine uses of tfjs's WebGPU backend beyond its public face, all of it in this file.
 *
 * tfjs collects dispatches in a command encoder and submits them now and then. Kernels of our own go the same way, so that they
 * stand in line with tfjs's, and keep its books: a tensor that was disposed lives on until the queue is submitted.
 */
import * as tf from '@tensorflow/tfjs-core'

type DataId = tf.Tensor['dataId']

interface TensorData {
  values: unknown
  readonly refCount: number
  shape: readonly number[]
  resource?: unknown
  external?: boolean
}

/** The parts of tfjs's `WebGPUBackend` that are used here; some are private there. */
interface Internals {
  readonly device: GPUDevice
  readonly queue: GPUQueue
  readonly bufferManager: {
    acquireBuffer(size: number, usage: number): GPUBuffer
    releaseBuffer(buffer: GPUBuffer, reuse?: boolean): void
    readonly freeBuffers?: ReadonlyMap<unknown, GPUBuffer[]>
    numFreeBuffers?: number
  }
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

/** tfjs's own flag: how many dispatches it collects before it submits them. */
const batchSize = (): number => tf.env().getNumber('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE')

/** tfjs's WebGPU backend, as this engine sees it. */
export class Tfjs {
  readonly device: GPUDevice
  private readonly backend: Internals
  /** Tensors that are being read; those written meanwhile are marked. */
  private readonly reads = new Map<DataId, { overtaken: boolean }[]>()

  constructor(backend: object) {
    this.backend = backend as Internals
    this.device = this.backend.device
    this.guardReads()
    this.guardBuffers()
  }

  /** The buffer that holds a tensor's numbers; uploads them where tfjs still has them on the host. */
  bufferOf({ dataId }: tf.TensorInfo): GPUBuffer {
    // `get` also moves data here from another backend.
    const data = this.backend.tensorMap.get(dataId) as TensorData
    if (!data.resource) this.backend.uploadToGPU(dataId)
    return data.resource as GPUBuffer
  }

  /** The buffer of a tensor that is written next: what tfjs has read of it before is no longer so. */
  bufferToWrite(tensor: tf.TensorInfo): GPUBuffer {
    const { dataId } = tensor
    const data = this.backend.tensorMap.get(dataId) as TensorData
    if (!data.resource) this.backend.uploadToGPU(dataId)
    data.values = null
    if (this.reads.size > 0) for (const read of this.reads.get(dataId) ?? []) read.overtaken = true
    return data.resource as GPUBuffer
  }

  /** A new tensor of any numbers. */
  makeTensor(shape: readonly number[]): tf.Tensor {
    return tf.engine().makeTensorFromTensorInfo(this.backend.makeTensorInfo([...shape], 'float32'))
  }

  /** True when nobody else holds the memory of a tensor. */
  isOnlyHolder({ dataId }: tf.Tensor): boolean {
    const data = this.backend.tensorMap.get(dataId)
    return data !== undefined && data.external !== true && data.refCount === 1
  }

  /** Keeps a tensor's buffer until the queue is submitted, should it be disposed before. */
  keep({ dataId }: tf.TensorInfo): void {
    this.backend.commandQueueOwnedIds.add(dataId)
  }

  /** A buffer of tensor memory for the dispatches that come next; to be given back with `release`. */
  borrow(bytes: number): GPUBuffer {
    const { STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage
    return this.backend.bufferManager.acquireBuffer(bytes, STORAGE | COPY_SRC | COPY_DST)
  }

  /** Commands run in order, so the next user of the buffer may have it at once. */
  release(buffer: GPUBuffer): void {
    this.backend.bufferManager.releaseBuffer(buffer)
  }

  /** A buffer that the host writes to. It must not be written to again before the queue is submitted: see `retire`. */
  acquire(bytes: number, usage: number): GPUBuffer {
    return this.backend.bufferManager.acquireBuffer(bytes, usage | GPUBufferUsage.COPY_DST)
  }

  /** Gives back a buffer of `acquire` once the queue is submitted. */
  retire(buffer: GPUBuffer): void {
    this.backend.uniformPendingDisposal.push(buffer)
  }

  /** Buffers that hold nothing: see memory.ts. */
  private readonly forgotten = new WeakSet<GPUBuffer>()

  /** A buffer that tfjs must not give out again, whether it has it back by now or not. */
  forget(buffer: GPUBuffer): void {
    this.forgotten.add(buffer)
    const { bufferManager: manager } = this.backend
    for (const free of manager.freeBuffers?.values() ?? []) {
      const at = free.indexOf(buffer)
      if (at < 0) continue
      free.splice(at, 1)
      if (manager.numFreeBuffers !== undefined) manager.numFreeBuffers--
    }
  }

  /** Submits what is in line. */
  submit(): void {
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

  /** tfjs gives out again what comes back, but for what was forgotten. */
  private guardBuffers(): void {
    const { bufferManager: manager } = this.backend
    const release = manager.releaseBuffer
    manager.releaseBuffer = (buffer, reuse = true) => {
      release.call(manager, buffer, reuse && !this.forgotten.has(buffer))
    }
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
