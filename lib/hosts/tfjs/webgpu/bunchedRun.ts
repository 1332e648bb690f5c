/** Carries out a call on many small leaves by few dispatches: each takes on several leaves of a size, whose slots lie in arenas. */
import type * as tf from '@tensorflow/tfjs-core'
import type { Pass } from '../../../rule/pass.ts'
import type { PassResult } from '../../engine.ts'
import { Arena, type Layout, sameLayout } from './arena.ts'
import type { Dispatch } from './bound.ts'
import type { BoundBunch, Bunch, Bunches, Bunching, BunchLap } from './bunching.ts'
import { bunchingOf } from './bunching.ts'
import type { Call, Workshop } from './call.ts'
import { webgpuCounters } from './counters.ts'
import { type Course, courseOf, listsOf, type Road, roadOf } from './course.ts'
import type { Part } from './device.ts'
import { dispatchAll } from './dispatches.ts'
import { type Binding, LANES, rowWords } from './kernel.ts'
import { sameItems } from './sameItems.ts'
import type { DeviceNumber } from './scalars.ts'
import { type Extent, groupsFor } from './shape.ts'
import { Sums } from './sums.ts'
import { Telling } from './telling.ts'
import { type List, type Listed, tensorUsage } from './tfjs.ts'

type Result = PassResult<tf.Tensor, DeviceNumber>

/**
 * True for a pass that may take on several leaves a dispatch. One that is told numbers a leaf, or that writes and reduces at once, as those of `lamb`,
 * takes a tenth to a fifth longer so on a software device.
 */
const goesTogether = ({ uniforms, outputs, reductions }: Pass): boolean =>
  !uniforms.some(({ perLeaf }) => perLeaf) &&
  (reductions.length === 0 || (outputs.length === 0 && !reductions.some(({ along }) => along)))

/** The result of a call whose leaves go together; undefined, with nothing written, for any other. */
export const runBunched = (shop: Workshop, call: Call): Result | undefined => {
  const { pass, shapes, into } = call
  if (shapes.length < 2 || !goesTogether(pass) || pass.outputs.some((_, j) => !into[j])) return undefined
  const course = courseOf(shop.device, pass, shapes)
  const { lists, over } = listsOf(call)
  const road = roadOf(course, over)
  if (road.bunching === undefined) {
    const canMove = shop.tfjs.shelf.canKeep
    const made = canMove ? bunchingOf(pass, over, lists.length, course, shop.device.limits) : undefined
    road.bunching = made ?? 'none'
  }
  return road.bunching === 'none' ? undefined : new BunchedRun(shop, call, course, road, road.bunching, lists).run()
}

class BunchedRun {
  private readonly shop: Workshop
  private readonly call: Call
  private readonly course: Course
  private readonly road: Road
  private readonly bunching: Bunching
  private readonly lists: readonly List[]
  private readonly telling: Telling
  private listed: readonly Listed[] = []
  private bunches: Bunches | undefined
  private at = 0

  constructor(shop: Workshop, call: Call, course: Course, road: Road, bunching: Bunching, lists: readonly List[]) {
    this.shop = shop
    this.call = call
    this.course = course
    this.road = road
    this.bunching = bunching
    this.lists = lists
    this.telling = new Telling(shop, call)
  }

  run(): Result | undefined {
    const { shop, call, course, telling, lists, bunching } = this
    const { tfjs, device } = shop
    const { reductions } = call.pass
    // First, since what is told may lie among the sums.
    const sums = new Sums(device, call, course.extents)
    telling.tell(course.order[0] as number)
    const most = bunching.mostFor(telling.sources.length + (reductions.length > 0 ? 1 : 0), device.limits)
    const found = bunching.inArena.map((i) => tfjs.known(lists[i] as List))
    const layout = found.find(({ arena }) => arena)?.arena?.layout
    if (layout && !this.fitsLayout(layout)) return undefined
    this.bunches = bunching.of(most, layout)
    if (!this.bunches || !this.house(found, this.bunches.layout)) return undefined
    // Last, what lies in arenas: a tensor that stands in two lists, or twice in one, is not there.
    const own = new Map(bunching.own.map((i) => [i, tfjs.withBuffers(lists[i] as List)]))
    this.listed = lists.map((list, i) => own.get(i) ?? tfjs.known(list))
    if (!bunching.inArena.every((i) => this.listed[i]?.isWhole)) return undefined
    const dispatches = this.dispatches(this.bunches)
    if (!dispatches) return undefined
    for (const list of this.road.over) tfjs.overtakeAll(this.listed[list] as Listed)
    webgpuCounters.fused++
    webgpuCounters.bunched++
    const count = dispatchAll(shop, { course, telling, sums }, dispatches) + sums.finish()
    webgpuCounters.dispatches += count
    if (!tfjs.dispatched(count)) this.keep()
    const outputs = call.pass.outputs.map((_, j) => call.into[j] as readonly tf.Tensor[])
    return { outputs, reductions: sums.results() }
  }

  /** True for an arena that was made for leaves like these. */
  private fitsLayout({ sizes }: Layout): boolean {
    const { extents } = this.course
    return sizes.length === extents.length && extents.every(({ size }, leaf) => 4 * size === sizes[leaf])
  }

  /** Moves leaves into arenas that are not there. False where that cannot be now. */
  private house(found: readonly Listed[], layout: Layout): boolean {
    const { bunching } = this
    if (found.every(({ isWhole, arena }) => isWhole && sameLayout((arena as Arena).layout, layout))) {
      bunching.settled()
      return true
    }
    if (!found.every((listed) => !listed.arena || canReturn(listed, layout))) return false
    const { tfjs } = this.shop
    if (!found.every(({ list, isWhole }) => isWhole || tfjs.areOnlyHolders(list, false))) return false
    // A few that were out for a while go back; else it is a removal.
    if (!found.every(isMostlyIn)) {
      if (!bunching.mayMove() || !this.hasMemory(found, layout)) return false
      bunching.moved()
    }
    for (const listed of found) {
      if (listed.isWhole) continue
      webgpuCounters.housed++
      ;(listed.arena ?? new Arena(tfjs, layout)).moveIn(listed)
    }
    return true
  }

  /** True where the device has said that it has memory for the arenas that are wanted; else it is asked. */
  private hasMemory(found: readonly Listed[], { bytes }: Layout): boolean {
    const { tfjs, device } = this.shop
    const { bunching } = this
    const sizes = found.flatMap(({ arena }) => (arena ? [] : bytes))
    if (tfjs.shelf.hasFree(sizes, tensorUsage())) return true
    if (bunching.isAsked) return false
    bunching.isAsked = true
    void device.memory.ask(sizes, tensorUsage()).then((hasRoom) => {
      bunching.isAsked = false
      if (!hasRoom) bunching.refused()
    })
    return false
  }

  /** The dispatches of all bunches; undefined where one would write a buffer that it binds twice. */
  private dispatches({ all, rings, laps }: Bunches): readonly Dispatch[] | undefined {
    const lap = laps.find(this.fitsAll)
    if (lap) return lap.dispatches
    const dispatches: Dispatch[] = []
    let sums: GPUBuffer | undefined
    for (let i = 0; i < all.length; i++) {
      this.at = i
      const ring = rings[i] as Bunches['rings'][number]
      const found = ring.find(this.fits)
      const bound = found ?? this.bind(all[i] as Bunch)
      if (!bound) return undefined
      if (!found) ring.keep(bound)
      sums ??= bound.sums
      dispatches.push(bound.dispatch)
    }
    const { told, sources } = this.telling
    laps.keep({ lists: this.listed, key: told?.key as string, sources, sums, dispatches, next: undefined })
    return dispatches
  }

  private readonly fitsAll = (lap: BunchLap): boolean => {
    if (!this.telling.isAs(lap)) return false
    for (let i = 0; i < this.listed.length; i++) {
      const [now, before] = [this.listed[i] as Listed, lap.lists[i] as Listed]
      if (now.arena !== before.arena) return false
      if (now !== before && !now.arena && !sameItems(now.buffers, before.buffers)) return false
    }
    return true
  }

  private readonly fits = (bound: BoundBunch): boolean => {
    const { leaves, chunk } = (this.bunches as Bunches).all[this.at] as Bunch
    const { inArena, own } = this.bunching
    for (let i = 0; i < inArena.length; i++)
      if (this.listed[inArena[i] as number]?.arena?.buffers[chunk] !== bound.arenas[i]) return false
    let at = 0
    for (let i = 0; i < own.length; i++) {
      const { buffers } = this.listed[own[i] as number] as Listed
      for (let k = 0; k < leaves.length; k++) if (buffers[leaves[k] as number] !== bound.own[at++]) return false
    }
    return this.telling.isAs(bound)
  }

  private bind(bunch: Bunch): BoundBunch | undefined {
    const { call, course, telling, listed, bunching, road } = this
    const { device, recipes } = this.shop
    const { leaves, chunk } = bunch
    const own = bunching.own.flatMap((i) => leaves.map((leaf) => listed[i]?.buffers[leaf]))
    if (!this.isSound(bunch, own)) return undefined
    const told = telling.tell(leaves[0] as number)
    const { size, width } = course.extents[leaves[0] as number] as Extent
    const reads = call.reads.length
    const areToldApart = !course.shared
    const rows = { count: leaves.length, inArena: bunching.inArena, areToldApart }
    const over = road.over.map((list) => (list < reads ? list : -1))
    const kind = { told, own: told.sources.indexOf(device.sumsBuffer), over, width, rows }
    const { steps, block } = recipes.get(call.pass, kind)
    const words = areToldApart ? leaves.length * rowWords(block.words) : block.words
    const { program, bindings } = steps[0] as (typeof steps)[number]
    const group = device.bind(
      program,
      bindings.map((binding) => this.part(bunch, binding)),
    )
    // As few as where it reduces: a software device takes a turn of the loops that are not the row's own, too.
    const workgroups = groupsFor(size / width, LANES, true, device.limits)
    const { pipeline } = program
    const sums = bindings.some(({ place }) => place.of === 'sums') ? device.sumsBuffer : undefined
    const arenas = bunching.inArena.map((i) => listed[i]?.arena?.buffers[chunk] as GPUBuffer)
    const apart = areToldApart ? leaves : undefined
    const dispatch = { pipeline, group, workgroups, leaf: leaves[0] as number, piece: 0, apart, words }
    const rest = { key: told.key, sources: [...telling.sources], sums, next: undefined }
    return { own, arenas, dispatch: { ...dispatch, rows: leaves.length }, ...rest }
  }

  /** False where a leaf must be written anew, or over a buffer that is bound twice. */
  private isSound({ leaves }: Bunch, own: readonly (GPUBuffer | undefined)[]): boolean {
    const times = new Map<GPUBuffer | undefined, number>()
    for (const buffer of [...own, ...this.telling.sources]) times.set(buffer, (times.get(buffer) ?? 0) + 1)
    return this.road.over.every((list) => {
      const { arena, buffers } = this.listed[list] as Listed
      return arena !== undefined || leaves.every((leaf) => buffers[leaf] && times.get(buffers[leaf]) === 1)
    })
  }

  private part({ leaves, chunk }: Bunch, { place, row }: Binding): Part {
    const { sources } = this.telling
    if (place.of === 'sums') return { buffer: this.shop.device.sumsBuffer }
    if (place.of === 'source') return { buffer: sources[place.index] as GPUBuffer }
    const list = place.of === 'read' ? place.index : (this.road.over[place.index] as number)
    const { arena, buffers } = this.listed[list] as Listed
    if (!arena) return { buffer: buffers[leaves[row as number] as number] as GPUBuffer }
    const { layout } = arena
    const [first, last] = [leaves[0] as number, leaves.at(-1) as number]
    const offset = layout.offsets[first] as number
    const size = (layout.offsets[last] as number) + (layout.sizes[last] as number) - offset
    return { buffer: arena.buffers[chunk] as GPUBuffer, offset, size }
  }

  /** What was not submitted yet must live until it is, should it be disposed before. */
  private keep(): void {
    for (const list of this.lists) for (const tensor of list) if (tensor) this.shop.tfjs.keep(tensor)
    this.telling.keep()
  }
}

/** True where leaves that are out find their places empty. */
const canReturn = ({ arena, data }: Listed, layout: Layout): boolean =>
  arena !== undefined &&
  sameLayout(arena.layout, layout) &&
  data.every((known, leaf) => known !== undefined && arena.hasRoomFor(known, leaf))

/** True where half of the leaves or more are in. */
const isMostlyIn = ({ arena, buffers }: Listed): boolean => {
  if (!arena) return false
  let out = 0
  for (const buffer of buffers) if (buffer) out++
  return 2 * out <= buffers.length
}
