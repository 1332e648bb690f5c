/** The leaves of one instance of arrays, and the memory where they are. */
import { type Tree, treeLeaves } from '../../data/tree.ts'
import type { Draft } from '../../simd/draft.ts'
import { Scratch } from '../scratch.ts'
import { Blocks } from './blocks.ts'
import { ArrayLeaf, PassingLeaf } from './leaf.ts'

export class Heap {
  readonly memory: WebAssembly.Memory
  private readonly blocks: Blocks
  private readonly loans: Scratch<ArrayLeaf>
  /** How many leaves are alive, and how many bytes their numbers take. */
  alive = 0
  aliveBytes = 0
  private scratch = 0
  private scratchBytes = 0
  private floatView = new Float32Array(0)
  private byteView = new Uint8Array(0)
  /** How many leaves were given back up to now. */
  private ended = 0
  /** The lists that were whole, by how many leaves had ended then. */
  private readonly whole = new WeakMap<readonly (ArrayLeaf | undefined)[], number>()
  /** What was made in the innermost scope. */
  private made: ArrayLeaf[] | undefined
  /** Whose table stands in the room, as it was written there. */
  private holder: object | undefined

  /** Default: a memory of its own, which no other thread sees. */
  constructor(memory?: WebAssembly.Memory) {
    this.blocks = new Blocks(memory)
    this.memory = this.blocks.memory
    this.loans = new Scratch(this.blocks, (shape, at, giveBack) => new PassingLeaf(this, shape, at, giveBack))
  }

  /** The address of bytes that are kept for good, a multiple of 64. */
  block(bytes: number): number {
    return Math.ceil(this.blocks.take(bytes + 64) / 64) * 64
  }

  /** A new leaf, its numbers as the memory was left. Errors: `out-of-memory`. */
  make(shape: readonly number[]): ArrayLeaf {
    const size = shape.reduce((product, extent) => product * extent, 1)
    const leaf = new ArrayLeaf(this, shape, size, this.blocks.take(4 * size))
    this.alive++
    this.aliveBytes += 4 * size
    this.made?.push(leaf)
    return leaf
  }

  /** New leaves that only the passes of a run know. Errors: `out-of-memory`. */
  lend(shapes: readonly (readonly number[])[]): readonly ArrayLeaf[] {
    return this.loans.lend(shapes)
  }

  /** Gives a leaf's memory back; one that was given back before stays so. */
  giveBack(leaf: ArrayLeaf): void {
    if (leaf instanceof PassingLeaf) {
      leaf.giveBack()
      return
    }
    if (leaf.at < 0) return
    this.blocks.giveBack(leaf.at, 4 * leaf.size)
    leaf.at = -1
    this.ended++
    this.alive--
    this.aliveBytes -= 4 * leaf.size
  }

  /** True for a leaf of this memory that was not given back. */
  isAlive(leaf: ArrayLeaf): boolean {
    return leaf.heap === this && leaf.at >= 0
  }

  /** True where all leaves of a list are alive: it is looked through again where any leaf ended since. */
  areAlive(list: readonly (ArrayLeaf | undefined)[]): boolean {
    if (this.whole.get(list) === this.ended) return true
    for (const leaf of list) if (leaf && !this.isAlive(leaf)) return false
    this.whole.set(list, this.ended)
    return true
  }

  /** The whole memory as numbers. Void after the next leaf is made. */
  floats(): Float32Array {
    if (this.floatView.buffer !== this.memory.buffer) this.floatView = new Float32Array(this.memory.buffer)
    return this.floatView
  }

  bytes(): Uint8Array {
    if (this.byteView.buffer !== this.memory.buffer) this.byteView = new Uint8Array(this.memory.buffer)
    return this.byteView
  }

  /** The address of room for a table. The next call may give the same room. */
  room(bytes: number): number {
    if (bytes <= this.scratchBytes) return this.scratch
    this.holder = undefined
    if (this.scratchBytes > 0) this.blocks.giveBack(this.scratch, this.scratchBytes)
    this.scratchBytes = 0
    this.scratch = this.blocks.take(2 * bytes)
    this.scratchBytes = 2 * bytes
    return this.scratch
  }

  /** Puts a table into the room: all of it, or only its head where the rest stands there already. */
  put(draft: Draft, head: number): void {
    this.bytes().set(draft.image(this.holder === draft), head)
    this.holder = draft
  }

  /** Runs `f`; the leaves that it makes and does not return are given back. */
  scope<T>(f: () => T): T {
    const outer = this.made
    const made: ArrayLeaf[] = []
    this.made = made
    let kept: ReadonlySet<unknown> = new Set()
    try {
      const result = f()
      kept = new Set(treeLeaves(result as Tree<unknown>))
      return result
    } finally {
      this.made = outer
      for (const leaf of made) {
        if (!kept.has(leaf)) this.giveBack(leaf)
        else outer?.push(leaf)
      }
    }
  }
}
