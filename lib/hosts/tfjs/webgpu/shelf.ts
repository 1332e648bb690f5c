/**
 * Where buffers wait that steps wrote anew and that were given back since. tfjs hands out whichever came back last; a step that is not donated then
 * finds other buffers every time, and has to bind them anew, which takes longer than all else that it does. So those buffers wait here, by
 * themselves, and a step takes the ones that it had before. tfjs gets them where it would make a new one, and then they are its own again.
 */

/** What is used of tfjs's `BufferManager`, and what is kept up to date there. */
export interface BufferManager {
  acquireBuffer(size: number, usage: number, mappedAtCreation?: boolean, reuse?: boolean): GPUBuffer
  releaseBuffer(buffer: GPUBuffer, reuse?: boolean): void
  dispose?(): void
  readonly freeBuffers?: Map<string, GPUBuffer[]>
  readonly usedBuffers?: Map<string, GPUBuffer[]>
  numFreeBuffers?: number
  numUsedBuffers?: number
  numBytesUsed?: number
  numBytesAllocated?: number
}

/** Buffers of one size and usage, and the name that tfjs has for these. */
interface Kind {
  readonly key: string
  readonly size: number
  readonly waiting: Kept[]
}

/** A buffer that comes back here. */
export interface Kept {
  readonly buffer: GPUBuffer
  readonly kind: Kind
  /** Where it waits among its kind; −1 while it is used, and for good once it is tfjs's own again. */
  at: number
}

/** True for a buffer that may be taken. */
export const waits = ({ at }: Kept): boolean => at >= 0

/** tfjs's name for buffers of one size and usage. */
const keyOf = (size: number, usage: number): string => `${size}_${usage}`

export type { Shelf }

const shelves = new WeakMap<BufferManager, Shelf>()

/** The shelf beside tfjs's own store of buffers. */
export const shelfOf = (manager: BufferManager): Shelf => {
  const known = shelves.get(manager)
  if (known) return known
  const made = new Shelf(manager)
  shelves.set(manager, made)
  return made
}

class Shelf {
  private readonly manager: BufferManager
  private readonly kinds = new Map<string, Kind>()
  private readonly kept = new WeakMap<GPUBuffer, Kept>()
  /** Buffers that hold nothing: see memory.ts. */
  private readonly forgotten = new WeakSet<GPUBuffer>()

  constructor(manager: BufferManager) {
    this.manager = manager
    this.guard()
  }

  /** A buffer that tfjs has just handed out: from now on it waits here when it comes back. */
  keep(buffer: GPUBuffer): Kept {
    const known = this.kept.get(buffer)
    if (known) return known
    const key = keyOf(buffer.size, buffer.usage)
    const kind = this.kinds.get(key) ?? { key, size: buffer.size, waiting: [] }
    const made = { buffer, kind, at: -1 }
    if (!this.canKeep) return made
    this.kinds.set(key, kind)
    this.kept.set(buffer, made)
    return made
  }

  /** Takes a buffer that waits; tfjs's books say that it is used. */
  take(kept: Kept): GPUBuffer {
    const { manager } = this
    const { kind, buffer } = kept
    remove(kept)
    manager.usedBuffers?.get(kind.key)?.push(buffer)
    ;(manager.numFreeBuffers as number)--
    ;(manager.numUsedBuffers as number)++
    ;(manager.numBytesUsed as number) += kind.size
    return buffer
  }

  /** A buffer that must not be given out again, whether it is back by now or not. */
  forget(buffer: GPUBuffer): void {
    this.forgotten.add(buffer)
    const kept = this.kept.get(buffer)
    if (kept) this.return(kept)
    const { manager } = this
    for (const free of manager.freeBuffers?.values() ?? []) {
      const at = free.indexOf(buffer)
      if (at < 0) continue
      free.splice(at, 1)
      if (manager.numFreeBuffers !== undefined) manager.numFreeBuffers--
    }
  }

  /** True for a buffer that holds nothing. */
  isForgotten(buffer: GPUBuffer): boolean {
    return this.forgotten.has(buffer)
  }

  /** True where tfjs has buffers of these sizes to hand out, each once. */
  hasFree(sizes: readonly number[], usage: number): boolean {
    const wanted = new Map<string, number>()
    for (const size of sizes) wanted.set(keyOf(size, usage), (wanted.get(keyOf(size, usage)) ?? 0) + 1)
    for (const [key, count] of wanted) if ((this.manager.freeBuffers?.get(key)?.length ?? 0) < count) return false
    return true
  }

  /** Gives tfjs a new buffer to hand out. */
  add(buffer: GPUBuffer): void {
    const { manager } = this
    const key = keyOf(buffer.size, buffer.usage)
    const free = manager.freeBuffers?.get(key) ?? []
    free.push(buffer)
    manager.freeBuffers?.set(key, free)
    ;(manager.numFreeBuffers as number)++
    ;(manager.numBytesAllocated as number) += buffer.size
  }

  /** A tfjs whose books are kept otherwise keeps all of its buffers. */
  get canKeep(): boolean {
    const { freeBuffers, usedBuffers, numFreeBuffers, numUsedBuffers, numBytesUsed, numBytesAllocated } = this.manager
    return (
      freeBuffers instanceof Map &&
      usedBuffers instanceof Map &&
      [numFreeBuffers, numUsedBuffers, numBytesUsed, numBytesAllocated].every((count) => typeof count === 'number')
    )
  }

  /** A buffer becomes tfjs's own, and lies where tfjs looks for one, if it waits here. */
  private return(kept: Kept): void {
    const { kind, buffer } = kept
    this.kept.delete(buffer)
    if (!waits(kept)) return
    remove(kept)
    this.manager.freeBuffers?.get(kind.key)?.push(buffer)
  }

  private guard(): void {
    const { manager } = this
    const { acquireBuffer: acquire, releaseBuffer: release, dispose } = manager
    manager.acquireBuffer = (size, usage, mappedAtCreation, reuse = true) => {
      if (reuse && this.kinds.size > 0) this.offer(keyOf(size, usage))
      return acquire.call(manager, size, usage, mappedAtCreation, reuse)
    }
    manager.releaseBuffer = (buffer, reuse = true) => {
      const isReused = reuse && !this.forgotten.has(buffer)
      release.call(manager, buffer, isReused)
      const kept = isReused ? this.kept.get(buffer) : undefined
      const free = kept && manager.freeBuffers?.get(kept.kind.key)
      // Where tfjs has put it.
      if (!kept || free?.at(-1) !== buffer) return
      free.pop()
      kept.at = kept.kind.waiting.push(kept) - 1
    }
    if (!dispose) return
    manager.dispose = () => {
      for (const { waiting } of this.kinds.values()) for (const kept of [...waiting]) this.return(kept)
      this.kinds.clear()
      dispose.call(manager)
    }
  }

  /** Gives tfjs one of a kind, before it makes another. */
  private offer(key: string): void {
    const kept = this.kinds.get(key)?.waiting.at(-1)
    if (kept && !this.manager.freeBuffers?.get(key)?.length) this.return(kept)
  }
}

/** The last of a kind takes the place of one that goes. */
const remove = (kept: Kept): void => {
  const { waiting } = kept.kind
  const last = waiting.pop() as Kept
  if (last !== kept) {
    waiting[kept.at] = last
    last.at = kept.at
  }
  kept.at = -1
}
