/** What this library knows of the inside of tfjs's wasm backend. No other file touches it. */
import type { DataType, TensorInfo } from '@tensorflow/tfjs-core'
import { hasSimd } from '../../../simd/runtime.ts'

/** What the backend knows of a tensor's data. */
export interface TensorData {
  readonly id: number
  memoryOffset: number
  readonly shape: readonly number[]
  readonly dtype: DataType
  readonly refCount: number
}

const fields = ['id', 'memoryOffset', 'shape', 'dtype', 'refCount']

/** tfjs's wasm backend, as far as this library uses it. */
export interface WasmBackend {
  readonly wasm: {
    readonly tfjs: {
      readonly disposeData: (id: number) => void
      readonly registerTensor: (id: number, size: number, address: number) => void
    }
    /** The address of so many bytes; 0 where there are none. */
    _malloc?: (bytes: number) => number
    readonly _free?: (address: number) => void
    readonly HEAPU8?: Uint8Array
  }
  dataIdNextNumber: number
  /** `data` is the map behind the map, whose own getter asks it twice, and whose setter counts. */
  readonly dataIdMap: { readonly get: (dataId: object) => TensorData; readonly data: WeakMap<object, TensorData> }
  readonly makeOutput: (shape: readonly number[], dtype: DataType) => TensorInfo
  readonly disposeData: (dataId: object) => boolean
}

/** What the backend knows of a tensor. A tensor that lives in another backend is brought here first. */
export const dataOf = ({ dataIdMap }: WasmBackend, { dataId }: Pick<TensorInfo, 'dataId'>): TensorData =>
  dataIdMap.data.get(dataId) ?? dataIdMap.get(dataId)

/** The byte address of a tensor's first element; it stays the same until a step exchanges the memory (`OwnedData.exchange`). */
export const addressOf = (backend: WasmBackend, tensor: Pick<TensorInfo, 'dataId'>): number =>
  dataOf(backend, tensor).memoryOffset

/**
 * What is known of a list of tensors without a look at each: tfjs counts a holder up or down whenever a tensor is cloned, disposed, assigned or moved to
 * another backend, and whoever counts says so here.
 */
export class Watch {
  /** Every tensor of the list was found alive, where it was, and with one holder, and nobody has counted since. */
  isFree = false
  /** A tensor of the list was taken into another list, which is told of it from then on. */
  isBroken = false
  /** How often all of the list was written. */
  writes = 0
}

/**
 * What the backend knows of a tensor that may be written in place: the same, but whenever somebody asks for its id after it was written,
 * it is a new one. tfjs's kernels keep weights packed for XNNPACK by the tensor's id (matrix products, convolutions) and never look at the
 * memory again: without this a layer would go on with the weights of the first step.
 *
 * Saying that it was written costs next to nothing, and most tensors of an optimizer's state are never asked for.
 */
export class OwnedData implements TensorData {
  memoryOffset: number
  readonly shape: readonly number[]
  readonly dtype: DataType
  private number: number
  private holders: number
  private isStale = false
  private watch: Watch | undefined
  /** How often the list had been written when the id was last new. */
  private seen = 0
  private readonly size: number
  private readonly backend: WasmBackend

  constructor(backend: WasmBackend, { id, memoryOffset, shape, dtype, refCount }: TensorData, size: number) {
    this.memoryOffset = memoryOffset
    this.shape = shape
    this.dtype = dtype
    this.holders = refCount
    this.number = id
    this.size = size
    this.backend = backend
  }

  get id(): number {
    if (this.isStale || (this.watch !== undefined && this.watch.writes !== this.seen)) this.renumber()
    return this.number
  }

  get refCount(): number {
    return this.holders
  }

  set refCount(holders: number) {
    this.holders = holders
    if (this.watch) this.watch.isFree = false
  }

  /** The list's watch is told from now on what happens to this tensor, and no other's. */
  watchedBy(watch: Watch): void {
    const before = this.watch
    if (before === watch) return
    if (before) {
      before.isFree = false
      before.isBroken = true
      this.isStale ||= before.writes !== this.seen
    }
    this.watch = watch
    this.seen = watch.writes
  }

  /** To be called after every write, unless it is told to the watch. */
  written(): void {
    this.isStale = true
  }

  /** Takes the memory of another tensor of the size, which gets this one's, and was written. */
  exchange(other: TensorData): void {
    const { memoryOffset } = other
    other.memoryOffset = this.memoryOffset
    this.memoryOffset = memoryOffset
    this.written()
  }

  private renumber(): void {
    const { tfjs } = this.backend.wasm
    tfjs.disposeData(this.number)
    this.number = this.backend.dataIdNextNumber++
    tfjs.registerTensor(this.number, this.size, this.memoryOffset)
    this.isStale = false
    this.seen = this.watch?.writes ?? 0
  }
}

/** What the backend knows of a tensor, made ready for its being written in place. */
export const ownedDataOf = (
  backend: WasmBackend,
  { dataId, size }: TensorInfo & { readonly size: number },
): OwnedData => {
  const known = dataOf(backend, { dataId })
  if (known instanceof OwnedData) return known
  const owned = new OwnedData(backend, known, size)
  // Not by the map's own setter, which counts.
  backend.dataIdMap.data.set(dataId, owned)
  return owned
}

/** The linear memory of tfjs's module: `asm.memory` in the plain build, `wasmMemory` in the threaded one. */
export const findMemory = ({ wasm }: WasmBackend): WebAssembly.Memory | undefined => {
  const { asm, wasmMemory } = (wasm ?? {}) as { asm?: { memory?: unknown }; wasmMemory?: unknown }
  return [wasmMemory, asm?.memory, ...Object.values(asm ?? {})].find(isMemory)
}

const isMemory = (value: unknown): value is WebAssembly.Memory => value instanceof WebAssembly.Memory

/** What is missing in `backend` for kernels of our own on its tensors, as a clause; undefined where nothing is. */
export const whyNoKernels = (backend: unknown): string | undefined => {
  if (!hasSimd()) return 'this runtime has no WebAssembly SIMD'
  const { dataIdMap, dataIdNextNumber, makeOutput, wasm } = backend as Partial<WasmBackend>
  const known = [dataIdMap?.get, makeOutput, wasm?.tfjs?.disposeData, wasm?.tfjs?.registerTensor]
  if (known.some((f) => typeof f !== 'function') || typeof dataIdNextNumber !== 'number')
    return 'this version of @tensorflow/tfjs-backend-wasm does not say where its tensors are (4.22 does)'
  if (!findMemory(backend as WasmBackend))
    return 'this version of @tensorflow/tfjs-backend-wasm keeps its memory to itself (4.22 does not)'
  return whyUnreadable(backend as WasmBackend)
}

/** Writes a tensor and looks for it where the backend says that it is. */
const whyUnreadable = (backend: WasmBackend): string | undefined => {
  try {
    const probe = backend.makeOutput([1], 'float32')
    const data = backend.dataIdMap.get(probe.dataId)
    const isKnown = Object.keys(data).every((key) => fields.includes(key)) && backend.dataIdMap.data instanceof WeakMap
    const { memoryOffset, refCount } = data
    backend.disposeData(probe.dataId)
    const size = findMemory(backend)?.buffer.byteLength ?? 0
    if (isKnown && refCount === 1 && memoryOffset > 0 && memoryOffset % 4 === 0 && memoryOffset < size) return undefined
  } catch {
    // Answered below: whatever went wrong, the tensors cannot be found.
  }
  return 'tensors are not where this version of @tensorflow/tfjs-backend-wasm says (in 4.22 they are)'
}
