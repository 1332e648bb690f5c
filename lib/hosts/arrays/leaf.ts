/** A leaf of `foregrad/arrays`: float32 numbers with a shape, in a WebAssembly memory. */

import { sizeOf } from '../../data/shape.ts'
import { readTooLate } from '../../errors/arrays.ts'

/** Where leaves live. */
interface Home {
  readonly memory: WebAssembly.Memory
}

/** Float32 numbers with a shape, in the memory of one instance of arrays. `from` makes them, `dispose` gives them back. */
export class ArrayLeaf {
  readonly shape: readonly number[]
  /** How many numbers. */
  readonly size: number
  /** The byte address, which stays the same; −1 once the leaf was given back. */
  at: number
  /** Where it lives: an array of one instance is none of another. */
  readonly heap: Home
  private view: Float32Array | undefined

  constructor(heap: Home, shape: readonly number[], size: number, at: number) {
    this.heap = heap
    this.shape = shape
    this.size = size
    this.at = at
  }

  /**
   * The numbers, row by row: a view on the memory, to read and to write. Ask for it anew after every call of the instance: when its memory
   * grows, a view from before is empty. Errors: `disposed-tensor`.
   */
  get data(): Float32Array {
    if (this.at < 0) throw readTooLate()
    const { buffer } = this.heap.memory
    if (this.view?.buffer !== buffer) this.view = new Float32Array(buffer, this.at, this.size)
    return this.view as Float32Array
  }
}

/** A leaf that only the passes of a run know: it is no array of the instance, and its memory is that of a block. */
export class PassingLeaf extends ArrayLeaf {
  readonly giveBack: () => void

  constructor(heap: Home, shape: readonly number[], at: number, giveBack: () => void) {
    super(heap, shape, sizeOf(shape), at)
    this.giveBack = giveBack
  }
}
