/**
 * Arenas: buffers in which small leaves of a tree lie one behind another, so that a dispatch takes on several. A tensor that lies in one is tfjs's as ever.
 * Whoever asks tfjs for its buffer, to compute with it, to read or to save it, finds it moved to one of its own; who disposes of it leaves its place
 * empty. So nothing of this is seen outside of this engine.
 */
import { ARENA_STEP } from './kernel.ts'
import { sameItems } from './sameItems.ts'

/** What tfjs knows of a tensor. One that it has given up counts no reference any more. */
export interface TensorData {
  values: unknown
  readonly refCount: number
  shape: readonly number[]
  /** Of a tensor that lies in an arena: who asks for it has it moved to a buffer of its own. */
  resource?: GPUBuffer | null
  external?: boolean
  /** Ours: where a tensor lies that once was in an arena. */
  readonly lodging?: Lodging
}

/** What an arena does with buffers of tensors, in line with all other commands. */
interface Buffers {
  borrow(bytes: number): GPUBuffer
  release(buffer: GPUBuffer): void
  copy(from: GPUBuffer, start: number, to: GPUBuffer, place: number, bytes: number): void
}

/** Tensors of a tree, and the buffers of those that have one of their own. */
interface Tenants {
  readonly data: readonly (TensorData | undefined)[]
  readonly buffers: readonly (GPUBuffer | undefined)[]
}

/** Where the leaves of a tree lie in an arena. */
export interface Layout {
  /** The leaves that share a buffer, all of one size. */
  readonly chunks: readonly (readonly number[])[]
  /** For each leaf its chunk, and where in it, in bytes. */
  readonly chunkOf: Int32Array
  readonly offsets: Int32Array
  /** The bytes of each leaf, and of each chunk. */
  readonly sizes: Int32Array
  readonly bytes: readonly number[]
}

/** The layout of leaves of so many numbers, some of which share a buffer. */
export const layoutOf = (numbers: readonly number[], chunks: readonly (readonly number[])[]): Layout => {
  const [chunkOf, offsets] = [new Int32Array(numbers.length), new Int32Array(numbers.length)]
  const sizes = Int32Array.from(numbers, (size) => 4 * size)
  const bytes = chunks.map((leaves, chunk) => {
    let end = 0
    for (const leaf of leaves) {
      chunkOf[leaf] = chunk
      offsets[leaf] = end
      end += Math.ceil((sizes[leaf] as number) / ARENA_STEP) * ARENA_STEP
    }
    return end
  })
  return { chunks, chunkOf, offsets, sizes, bytes }
}

export const sameLayout = (a: Layout, b: Layout): boolean =>
  a === b || (sameItems(a.chunkOf, b.chunkOf) && sameItems(a.offsets, b.offsets) && sameItems(a.sizes, b.sizes))

/** Where a tensor lies: in an arena, or in a buffer of its own. */
export interface Lodging {
  arena: Arena | undefined
  leaf: number
  own: GPUBuffer | null
}

export class Arena {
  readonly layout: Layout
  readonly buffers: readonly GPUBuffer[]
  /** By leaf. */
  readonly inside: (TensorData | undefined)[]
  private readonly tfjs: Buffers
  private count = 0

  constructor(tfjs: Buffers, layout: Layout) {
    this.tfjs = tfjs
    this.layout = layout
    this.buffers = layout.bytes.map((bytes) => tfjs.borrow(bytes))
    this.inside = new Array<TensorData | undefined>(layout.sizes.length).fill(undefined)
  }

  /** True where these numbers are in the place of this leaf, or in no arena while it is empty. */
  hasRoomFor(data: TensorData, leaf: number): boolean {
    const there = this.inside[leaf]
    return there === data || (there === undefined && !data.lodging?.arena)
  }

  /** Moves tensors of a list in that lie in buffers of their own, which are given back: the first time that the list holds them. */
  moveIn({ data, buffers }: Tenants): void {
    const { tfjs, layout, inside } = this
    for (let leaf = 0; leaf < data.length; leaf++) {
      const [known, from] = [data[leaf] as TensorData, buffers[leaf]]
      if (!from || known.lodging?.arena) continue
      const to = this.buffers[layout.chunkOf[leaf] as number] as GPUBuffer
      tfjs.copy(from, 0, to, layout.offsets[leaf] as number, layout.sizes[leaf] as number)
      inside[leaf] = known
      this.count++
      lodge(known, { arena: this, leaf, own: null })
      tfjs.release(from)
    }
  }

  /** A tensor leaves: for a buffer of its own, unless nobody holds it any more. */
  leave(leaf: number): GPUBuffer | null {
    const { tfjs, layout, inside } = this
    const isAlive = (inside[leaf] as TensorData).refCount > 0
    const own = isAlive ? tfjs.borrow(layout.sizes[leaf] as number) : null
    const from = this.buffers[layout.chunkOf[leaf] as number] as GPUBuffer
    if (own) tfjs.copy(from, layout.offsets[leaf] as number, own, 0, layout.sizes[leaf] as number)
    inside[leaf] = undefined
    this.count--
    if (this.count === 0) for (const buffer of this.buffers) tfjs.release(buffer)
    return own
  }
}

/** What tfjs knows of the tensor says from now on where it lies. */
const lodge = (data: TensorData, lodging: Lodging): void => {
  if (data.lodging) {
    Object.assign(data.lodging, lodging)
    return
  }
  const resource = {
    configurable: true,
    enumerable: true,
    get: (): GPUBuffer | null => {
      const { arena, leaf } = lodging
      if (arena) {
        lodging.arena = undefined
        lodging.own = arena.leave(leaf)
      }
      return lodging.own
    },
    set: (own: GPUBuffer | null) => {
      lodging.own = own
    },
  }
  Object.defineProperties(data, { lodging: { value: lodging }, resource })
}
