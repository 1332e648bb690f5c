/** What stays from call to call of a pass on leaves of the same shapes: how leaves are taken on, in which order, and what they were bound to. */
import { sizeOf } from '../../../data/shape.ts'
import type { Pass } from '../../../rule/pass.ts'
import { type Bound, boundsOf, LAPS, type Lap, Ring } from './bound.ts'
import type { Bunching } from './bunching.ts'
import type { Call } from './call.ts'
import type { Device } from './device.ts'
import { LANES } from './kernel.ts'
import { type Extent, extentOf } from './shape.ts'
import type { List } from './tfjs.ts'

type Shapes = readonly (readonly number[])[]

/** Sizes of pieces that share a block of numbers. */
interface SharedBlocks {
  /** For each different size of a piece, one that has it. */
  readonly sizes: readonly { readonly size: number; readonly width: 1 | 4 }[]
  /** For each piece its block, leaf after leaf. */
  readonly blocks: Int32Array
}

export interface Course {
  readonly extents: readonly Extent[]
  /** The leaves that are not empty, those of a size one after another: between them nothing but buffers changes. */
  readonly order: readonly number[]
  /** For each leaf its first piece, counted over all leaves. */
  readonly firstPieces: Int32Array
  /** Absent where leaves are told numbers of their own. */
  readonly shared: SharedBlocks | undefined
  /** For each way in which the lists of a call lie over each other, a ring a leaf. */
  readonly roads: Road[]
}

/** Calls whose lists lie over each other alike. */
export interface Road {
  /** For each output which list it may be written over; −1 for none. */
  readonly over: readonly number[]
  /** What each leaf met, and what all of them did together. */
  readonly rings: readonly Ring<Bound>[]
  readonly laps: Ring<Lap>
  /** How leaves are taken on together; undefined until that is asked for. */
  bunching: Bunching | 'none' | undefined
}

const courses = new WeakMap<Device, WeakMap<Pass, WeakMap<Shapes, Course>>>()

export const courseOf = (device: Device, pass: Pass, shapes: Shapes): Course => {
  const byPass = courses.get(device) ?? new WeakMap<Pass, WeakMap<Shapes, Course>>()
  courses.set(device, byPass)
  const byShapes = byPass.get(pass) ?? new WeakMap<Shapes, Course>()
  byPass.set(pass, byShapes)
  const known = byShapes.get(shapes)
  if (known) return known
  const made = makeCourse(device, pass, shapes)
  byShapes.set(shapes, made)
  return made
}

const makeCourse = ({ limits }: Device, pass: Pass, shapes: Shapes): Course => {
  const extents = shapes.map((shape) => extentOf(sizeOf(shape), LANES, limits))
  const order = extents.flatMap(({ size }, leaf) => (size > 0 ? [leaf] : []))
  order.sort((a, b) => (extents[a] as Extent).size - (extents[b] as Extent).size || a - b)
  const areAlike = pass.reductions.length === 0 && !pass.uniforms.some(({ perLeaf }) => perLeaf)
  const firstPieces = new Int32Array(extents.length)
  for (let leaf = 1; leaf < extents.length; leaf++)
    firstPieces[leaf] = (firstPieces[leaf - 1] as number) + (extents[leaf - 1] as Extent).pieces.length
  return { extents, order, firstPieces, shared: areAlike ? sharedBlocks(extents) : undefined, roads: [] }
}

const sharedBlocks = (extents: readonly Extent[]): SharedBlocks => {
  const sizes: { size: number; width: 1 | 4 }[] = []
  const known = new Map<number, Map<number, number>>()
  const blocks = extents.flatMap(({ pieces, width }) =>
    pieces.map(({ size }) => {
      const byWidth = known.get(size) ?? new Map<number, number>()
      known.set(size, byWidth)
      const block = byWidth.get(width) ?? sizes.push({ size, width }) - 1
      byWidth.set(width, block)
      return block
    }),
  )
  return { sizes, blocks: Int32Array.from(blocks) }
}

/** The lists of a call: what it reads, and behind it what else its outputs may be written over. For each output which of them that is; −1 for none. */
export const listsOf = ({ reads, into }: Pick<Call, 'reads' | 'into'>): { lists: List[]; over: number[] } => {
  const lists: List[] = [...reads]
  const over = into.map((list) => {
    const at = list ? lists.indexOf(list) : -1
    return list && at < 0 ? lists.push(list) - 1 : at
  })
  return { lists, over }
}

/** The road of a call. */
export const roadOf = ({ roads, extents }: Course, over: readonly number[]): Road => {
  for (const road of roads) if (road.over.every((list, j) => list === over[j])) return road
  const most = boundsOf(extents.length)
  const made = { over, rings: extents.map(() => new Ring<Bound>(most)), laps: new Ring<Lap>(LAPS), bunching: undefined }
  roads.push(made)
  return made
}
