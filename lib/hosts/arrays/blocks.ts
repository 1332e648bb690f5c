/**
 * Blocks of a WebAssembly memory that is ours alone.
 *
 * Every block begins at a multiple of 16 bytes, so that no vector crosses a cache line. A block that is given back is the first to be taken by
 * the next of its size: a training loop takes the same few sizes in every step and comes to rest. Only before memory would have to grow are
 * free neighbours joined, and the smallest that fits is split.
 */
import { fullArrays } from '../../errors/memory.ts'

const alignment = 16
const page = 65536
/** Memory grows by a quarter of itself at least, up to so many pages. */
const mostAtOnce = 256

interface Block {
  readonly at: number
  readonly size: number
}

/** How many bytes a block for so many has. */
const blockSize = (bytes: number): number => Math.max(alignment, Math.ceil(bytes / alignment) * alignment)

export class Blocks {
  readonly memory: WebAssembly.Memory
  /** The addresses of free blocks by their size. */
  private free = new Map<number, number[]>()
  private freeBytes = 0
  /** Where the bytes begin that were never taken. Nothing is at 0. */
  private top = alignment

  constructor(memory = new WebAssembly.Memory({ initial: 1 })) {
    this.memory = memory
  }

  /** The address of a block, its bytes as they were left. May replace `memory.buffer`. Errors: `out-of-memory`. */
  take(bytes: number): number {
    const size = blockSize(bytes)
    const again = this.free.get(size)?.pop()
    if (again !== undefined) {
      this.freeBytes -= size
      return again
    }
    return this.fromFree(size) ?? this.fromTop(size)
  }

  giveBack(at: number, bytes: number): void {
    this.keep({ at, size: blockSize(bytes) })
  }

  private keep({ at, size }: Block): void {
    const known = this.free.get(size)
    if (known) known.push(at)
    else this.free.set(size, [at])
    this.freeBytes += size
  }

  private isEnough(size: number): boolean {
    return this.top + size <= this.memory.buffer.byteLength
  }

  /** A part of the smallest free block that is large enough; nothing where memory is not short. */
  private fromFree(size: number): number | undefined {
    if (this.freeBytes < size || this.isEnough(size)) return undefined
    const blocks = this.joined()
    const fits = blocks.filter((block) => block.size >= size)
    const best = fits.reduce<Block | undefined>((a, b) => (a && a.size <= b.size ? a : b), undefined)
    this.free = new Map()
    this.freeBytes = 0
    for (const block of blocks) if (block !== best) this.keep(block)
    if (best && best.size > size) this.keep({ at: best.at + size, size: best.size - size })
    return best?.at
  }

  /** All free blocks, neighbours as one; one that ends where the untouched bytes begin is untouched again. */
  private joined(): Block[] {
    const all = [...this.free].flatMap(([size, list]) => list.map((at): Block => ({ at, size })))
    const blocks: Block[] = []
    for (const block of all.sort((a, b) => a.at - b.at)) {
      const last = blocks.at(-1)
      if (last && last.at + last.size === block.at)
        blocks[blocks.length - 1] = { at: last.at, size: last.size + block.size }
      else blocks.push(block)
    }
    const last = blocks.at(-1)
    if (!last || last.at + last.size !== this.top) return blocks
    this.top = last.at
    return blocks.slice(0, -1)
  }

  private fromTop(size: number): number {
    if (!this.isEnough(size)) this.grow(size)
    const at = this.top
    this.top += size
    return at
  }

  private grow(size: number): void {
    const { byteLength } = this.memory.buffer
    const needed = Math.ceil((this.top + size - byteLength) / page)
    const ample = Math.max(needed, Math.min(Math.ceil(byteLength / page / 4), mostAtOnce))
    if (this.grewBy(ample) || this.grewBy(needed)) return
    throw fullArrays(size, byteLength)
  }

  private grewBy(pages: number): boolean {
    try {
      this.memory.grow(pages)
      return true
    } catch {
      return false
    }
  }
}
