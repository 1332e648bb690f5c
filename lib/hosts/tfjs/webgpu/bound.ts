/**
 * What the leaves of a pass were bound to, found again by the buffers themselves. A training comes round: in place its buffers are the same in every
 * step, not in place those of the step before the last, and gradients take turns in a few. So every leaf keeps the last few sets of buffers that it
 * met, each with its kernels, its bound groups, and the new buffers that its outputs were written to.
 */
import type { Recipe } from './recipe.ts'
import { type Kept, waits } from './shelf.ts'
import type { Listed } from './tfjs.ts'

/** The buffers of one leaf in one call, and what was made of them. */
export interface Bound {
  /** The buffers of each list of the call; undefined where a list has none for this leaf. */
  readonly given: readonly (GPUBuffer | undefined)[]
  /** The structure of what its kernels are told, and the buffers that this is loaded from. */
  readonly key: string
  readonly sources: readonly GPUBuffer[]
  /** The buffer of the sums. */
  readonly sums: GPUBuffer | undefined
  readonly recipe: Recipe
  /** For each output its new buffer; undefined where it is written in place. */
  readonly made: readonly (Kept | undefined)[]
  /** The buffers between the steps of a pass that was cut. */
  temporaries: readonly GPUBuffer[]
  /** For each step of each piece. */
  groups: readonly GPUBindGroup[]
  readonly workgroups: readonly number[]
  /** What this leaf met after it the last time. */
  next: Bound | undefined
}

/** One dispatch of a piece of a leaf, or of several leaves of a size, of which the first stands for all. */
export interface Dispatch {
  readonly pipeline: GPUComputePipeline
  readonly group: GPUBindGroup
  readonly workgroups: number
  /** How many leaves. */
  readonly rows: number
  readonly leaf: number
  readonly piece: number
  /** The leaves, where each is told numbers of its own; else they are told what the first is. */
  readonly apart?: readonly number[] | undefined
  /** The words in its block of numbers. */
  readonly words: number
}

/** What all leaves of a call were bound to: where the whole call comes again, nothing is looked for leaf by leaf. */
export interface Lap {
  readonly lists: readonly Listed[]
  readonly key: string
  readonly sources: readonly GPUBuffer[]
  readonly sums: GPUBuffer | undefined
  /** False where everything is written in place. */
  readonly makes: boolean
  readonly bounds: readonly (Bound | undefined)[]
  readonly dispatches: readonly Dispatch[]
  next: Lap | undefined
}

/** So many sets of buffers the leaves of a pass keep in all, and so many each. */
const [ALL, LEAST, MOST] = [4096, 8, 256]

/** So many laps are kept. */
export const LAPS = 4

/** How many sets of buffers a leaf keeps, of so many leaves. */
export const boundsOf = (leaves: number): number => Math.max(LEAST, Math.min(MOST, Math.floor(ALL / leaves)))

/** What comes round: the last few that were met, each with what came after it. */
export class Ring<A extends { next: A | undefined }> {
  private readonly most: number
  readonly all: A[] = []
  private last: A | undefined
  private oldest = 0

  constructor(most: number) {
    this.most = most
  }

  /** The one that fits: looked for first where it was the last time. */
  find(fits: (one: A) => boolean): A | undefined {
    const guess = this.last?.next
    if (guess && fits(guess)) return this.met(guess)
    for (const one of this.all) if (one !== guess && fits(one)) return this.met(one)
    return undefined
  }

  /** Keeps a new one, in the place of the oldest where there are many. */
  keep(one: A): void {
    if (this.all.length < this.most) this.all.push(one)
    else {
      this.all[this.oldest] = one
      this.oldest = (this.oldest + 1) % this.most
    }
    this.met(one)
  }

  private met(one: A): A {
    if (this.last) this.last.next = one
    this.last = one
    return one
  }
}

/** A buffer that an output of a leaf was written to before and that waits now: by it the next steps come round. */
export const waiting = ({ all }: Ring<Bound>, output: number): Kept | undefined => {
  for (const { made } of all) {
    const kept = made[output]
    if (kept && waits(kept)) return kept
  }
  return undefined
}
