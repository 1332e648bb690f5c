/** How the small leaves of calls are taken on together: which share a dispatch, and when their slots are moved into arenas. */
import type { Pass } from '../../../rule/pass.ts'
import { type Layout, layoutOf } from './arena.ts'
import { type Dispatch, LAPS, Ring } from './bound.ts'
import type { Extent, Limits } from './shape.ts'
import type { Listed } from './tfjs.ts'

/** Leaves of a dispatch; in an arena they share a buffer. */
export interface Bunch {
  readonly leaves: readonly number[]
  readonly chunk: number
}

/** What a bunch was bound to: the buffers of its own, leaf by leaf and tree by tree, and those of arenas. */
export interface BoundBunch {
  readonly own: readonly (GPUBuffer | undefined)[]
  readonly arenas: readonly GPUBuffer[]
  readonly key: string
  readonly sources: readonly GPUBuffer[]
  readonly sums: GPUBuffer | undefined
  readonly dispatch: Dispatch
  next: BoundBunch | undefined
}

/** What all bunches of a call were bound to. */
export interface BunchLap {
  readonly lists: readonly Listed[]
  readonly key: string
  readonly sources: readonly GPUBuffer[]
  readonly sums: GPUBuffer | undefined
  readonly dispatches: readonly Dispatch[]
  next: BunchLap | undefined
}

/** The bunches of a layout, and what they met. */
export interface Bunches {
  readonly layout: Layout
  readonly most: number
  readonly all: readonly Bunch[]
  readonly rings: readonly Ring<BoundBunch>[]
  readonly laps: Ring<BunchLap>
}

/** So many leaves a dispatch takes on at most: its kernel has a loop for each. */
const MOST = 3

/** So many sets of buffers each bunch keeps. */
const SETS = 8

/** Steps before leaves are moved, at first and after they were in vain; and steps that show that they were not. */
const [FIRST, LONGEST, SETTLED] = [2, 4096, 16]

export class Bunching {
  /** The lists whose leaves lie in arenas, and those that have a buffer a leaf. */
  readonly inArena: readonly number[]
  readonly own: readonly number[]
  private readonly extents: readonly Extent[]
  private readonly order: readonly number[]
  private bunches: Bunches | undefined
  /** So many leaves a dispatch are too few. */
  private tooFew = 1
  private wait = FIRST
  private patience = 1
  private stayed = 0
  /** True while the device is asked for memory. */
  isAsked = false

  constructor(lists: number, inArena: readonly number[], extents: readonly Extent[], order: readonly number[]) {
    this.inArena = inArena
    this.own = Array.from({ length: lists }, (_, i) => i).filter((i) => !inArena.includes(i))
    this.extents = extents
    this.order = order
  }

  /** How many leaves a dispatch takes on that also binds so many buffers of numbers. */
  mostFor(sources: number, { buffers }: Pick<Limits, 'buffers'>): number {
    const room = buffers - this.inArena.length - sources
    return Math.min(MOST, Math.floor(room / Math.max(1, this.own.length)))
  }

  /** The bunches of so many leaves at most: those of a layout that there is, or of the best; undefined where they are hardly fewer than leaves. */
  of(most: number, layout: Layout | undefined): Bunches | undefined {
    const known = this.bunches
    if (known && known.most === most && (!layout || known.layout === layout)) return known
    if (most <= this.tooFew) return undefined
    const chosen = layout ?? this.layout(most)
    const all = chosen.chunks.flatMap((leaves, chunk) => cutInto(leaves, most).map((part) => ({ leaves: part, chunk })))
    if (2 * all.length > this.order.length) {
      if (!layout) this.tooFew = most
      return undefined
    }
    const rings = all.map(() => new Ring<BoundBunch>(SETS))
    this.bunches = { layout: chosen, most, all, rings, laps: new Ring<BunchLap>(LAPS) }
    return this.bunches
  }

  private layout(most: number): Layout {
    const sizes = this.extents.map(({ size }) => size)
    const ofSize = new Map<number, number[]>()
    for (const leaf of this.order) {
      const size = sizes[leaf] as number
      ofSize.set(size, [...(ofSize.get(size) ?? []), leaf])
    }
    return layoutOf(
      sizes,
      [...ofSize.values()].flatMap((leaves) => cutInto(leaves, most)),
    )
  }

  /** True when leaves may be moved now: not in the first steps, and ever later where others took them out again soon. */
  mayMove(): boolean {
    if (this.wait > 0) {
      this.wait--
      return false
    }
    return true
  }

  moved(): void {
    this.wait = this.patience
    this.patience = Math.min(2 * this.patience, LONGEST)
    this.stayed = 0
  }

  /** A step found all leaves where they belong. */
  settled(): void {
    if (this.stayed < SETTLED && ++this.stayed === SETTLED) [this.wait, this.patience] = [1, 1]
  }

  /** The device had no memory. */
  refused(): void {
    this.wait = LONGEST
  }
}

const cutInto = (leaves: readonly number[], most: number): number[][] =>
  Array.from({ length: Math.ceil(leaves.length / most) }, (_, i) => leaves.slice(i * most, (i + 1) * most))

/**
 * The bunching of calls of a pass on small leaves, which are all written in place: `over[j]` is the list that output j is written over. Undefined where
 * leaves stay by themselves.
 */
export const bunchingOf = (
  { outputs, reads }: Pass,
  over: readonly number[],
  lists: number,
  { extents, order }: { readonly extents: readonly Extent[]; readonly order: readonly number[] },
  { bunch }: Pick<Limits, 'bunch'>,
): Bunching | undefined => {
  if (over.includes(-1) || new Set(over).size < over.length) return undefined
  // The tree that an output replaces stands in another list, as where masks cut a tree: it would be bound twice.
  if (outputs.some(({ own, target }, j) => target.to !== 'ahead' && own >= 0 && own !== over[j])) return undefined
  if (!extents.every(({ size, pieces }) => size > 0 && size <= bunch && pieces.length === 1)) return undefined
  const slots = reads.flatMap(({ source }, list) => (source === 'slot' ? [list] : []))
  // Of a state that nothing is written to nobody knows whether it stays.
  if (slots.length > 0 && outputs.length === 0) return undefined
  const made = new Bunching(lists, slots, extents, order)
  return made.of(MOST, undefined) && made
}
