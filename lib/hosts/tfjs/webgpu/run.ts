/** Carries out one call of a pass: buffers first, then numbers, then dispatches, then the last step of its reductions. */
import * as tf from '@tensorflow/tfjs-core'
import type { ReduceOp } from '../../../expr/expr.ts'
import type { PassCall, PassResult } from '../../engine.ts'
import { type Bound, type Dispatch, type Lap, type Ring, waiting } from './bound.ts'
import { webgpuCounters } from './counters.ts'
import { type Course, courseOf, type Road, roadOf } from './course.ts'
import type { Device, Part } from './device.ts'
import { type Binding, blockLayout, LANES } from './kernel.ts'
import type { Over, RecipeStep, Recipes } from './recipe.ts'
import { sameItems } from './sameItems.ts'
import { type DeviceNumber, deviceScalars, load, type Told, tell, tellAlike } from './scalars.ts'
import { type Extent, groupsFor, type Piece } from './shape.ts'
import { waits } from './shelf.ts'
import type { List, Listed, Tfjs } from './tfjs.ts'

type T = tf.Tensor
type Call = PassCall<T, DeviceNumber>
type Source = T | GPUBuffer

/** The parts of an engine that a run works with. */
export interface Workshop {
  readonly tfjs: Tfjs
  readonly device: Device
  readonly recipes: Recipes
}

const isTensor = (source: Source): source is T => 'dataId' in source

const noBuffers: readonly GPUBuffer[] = []

export class Run {
  private readonly shop: Workshop
  private readonly call: Call
  private readonly course: Course
  private readonly road: Road
  /** The lists of the call: what it reads, and behind it what else its outputs may be written over. */
  private readonly lists: readonly Listed[]
  private readonly sums: Sums
  /** For each output the list of its tensors, once one of them is new. */
  private readonly made: (T[] | undefined)[]
  private readonly isPerLeaf: boolean
  /** What the kernels of each leaf are told, which is one thing where it is the same for all. */
  private readonly tolds: Told<Source>[] = []
  /** The last of it, and the buffers that it is loaded from. */
  private told: Told<Source> | undefined
  private sources: readonly GPUBuffer[] = noBuffers
  private readonly sourcesAt: (readonly GPUBuffer[])[] = []
  private areAlike = false
  private leaf = 0

  constructor(shop: Workshop, call: Call) {
    const { pass, shapes, reads, into } = call
    this.shop = shop
    this.call = call
    this.course = courseOf(shop.device, pass, shapes)
    const lists: List[] = [...reads]
    const over = into.map((list) => {
      const at = list ? lists.indexOf(list) : -1
      return list && at < 0 ? lists.push(list) - 1 : at
    })
    this.road = roadOf(this.course, over)
    this.lists = lists.map((list) => shop.tfjs.look(list))
    this.sums = new Sums(shop.device, call, this.course.extents)
    this.made = pass.outputs.map(() => undefined)
    this.isPerLeaf = pass.uniforms.some(({ perLeaf }) => perLeaf)
  }

  run(): PassResult<T, DeviceNumber> {
    const { tfjs } = this.shop
    webgpuCounters.fused++
    const dispatches = this.dispatch(this.lap() ?? this.prepared()) + this.sums.finish()
    if (dispatches > 0 && !tfjs.dispatched(dispatches)) this.keep()
    webgpuCounters.dispatches += dispatches
    return { outputs: this.outputs(), reductions: this.sums.results() }
  }

  private outputs(): readonly (readonly T[])[] {
    return this.call.pass.outputs.map((_, j) => this.made[j] ?? (this.call.into[j] as readonly T[] | undefined) ?? [])
  }

  // Buffers

  /** The dispatches of this call, where all of its leaves were bound like this before; its outputs are written then. */
  private lap(): readonly Dispatch[] | undefined {
    const { course, road } = this
    this.areAlike = course.order.length > 0 && this.tellAll()
    if (!this.areAlike) return undefined
    const lap = road.laps.find(this.fitsAll)
    if (!lap) return undefined
    if (lap.makes) {
      for (let leaf = 0; leaf < lap.bounds.length; leaf++) {
        const bound = lap.bounds[leaf]
        if (bound) this.write(leaf, bound, true)
        else this.empty(leaf)
      }
    } else for (const list of road.over) this.shop.tfjs.overtakeAll(this.lists[list] as Listed)
    return lap.dispatches
  }

  /** Tells all leaves; true where that is alike but for the numbers and the places that they are loaded from. */
  private tellAll(): boolean {
    const { order } = this.course
    const { key } = this.tell(order[0] as number)
    if (!this.isPerLeaf) return true
    const { sources } = this
    for (let i = 1; i < order.length; i++) if (this.tell(order[i] as number).key !== key) return false
    return this.sources === sources
  }

  /** True for a lap on the very buffers of this call, its new ones waiting to be taken again. */
  private readonly fitsAll = (lap: Lap): boolean => {
    const { lists } = this
    if (!this.isToldAs(lap)) return false
    for (let i = 0; i < lists.length; i++) {
      const [now, before] = [lists[i] as Listed, lap.lists[i] as Listed]
      if (now !== before && !sameItems(now.buffers, before.buffers)) return false
    }
    if (lap.makes) for (const bound of lap.bounds) if (bound && !areWaiting(bound.made)) return false
    return true
  }

  private isToldAs({ key, sources, sums }: Pick<Bound, 'key' | 'sources' | 'sums'>): boolean {
    if (this.told?.key !== key) return false
    for (let s = 0; s < sources.length; s++) if (sources[s] !== this.sources[s]) return false
    return sums === undefined || sums === this.shop.device.sumsBuffer
  }

  /** The dispatches of this call, leaf by leaf; remembered as a lap, where leaves are told alike and lent nothing. */
  private prepared(): readonly Dispatch[] {
    const { course, road, lists, told } = this
    const bounds = this.prepare()
    const dispatches = course.order.flatMap((leaf) => this.dispatchesOf(bounds[leaf] as Bound, leaf))
    if (!told || !this.areAlike || bounds.some((bound) => bound && bound.recipe.temporaries > 0)) return dispatches
    const sums = bounds.find((bound) => bound?.sums)?.sums
    const makes = bounds.some((bound) => !bound || bound.recipe.inPlace.includes(false))
    road.laps.keep({ lists, key: told.key, sources: this.sources, sums, makes, bounds, dispatches, next: undefined })
    return dispatches
  }

  private dispatchesOf({ recipe, groups, workgroups }: Bound, leaf: number): Dispatch[] {
    const { steps, block } = recipe
    return groups.map((group, at) => {
      const { pipeline } = (steps[at % steps.length] as RecipeStep).program
      const piece = Math.floor(at / steps.length)
      return { pipeline, group, workgroups: workgroups[at] as number, leaf, piece, words: block.words }
    })
  }

  /** The buffers of every leaf: all of them, before the first dispatch is written. A call that fails leaves none of the tensors that it made. */
  private prepare(): readonly (Bound | undefined)[] {
    const { extents } = this.course
    const bounds = new Array<Bound | undefined>(extents.length).fill(undefined)
    try {
      for (let leaf = 0; leaf < extents.length; leaf++) {
        if (extents[leaf]?.size === 0) this.empty(leaf)
        else bounds[leaf] = this.bound(leaf)
      }
    } catch (error) {
      for (const [j, list] of this.made.entries())
        list?.forEach((tensor, leaf) => {
          if (tensor !== this.call.into[j]?.[leaf]) tensor.dispose()
        })
      throw error
    }
    for (let leaf = 0; leaf < extents.length; leaf++) {
      const bound = bounds[leaf]
      if (bound && bound.recipe.temporaries > 0) this.borrow(bound, leaf)
    }
    return bounds
  }

  private bound(leaf: number): Bound {
    this.leaf = leaf
    const told = this.tell(leaf)
    const ring = this.road.rings[leaf] as Ring<Bound>
    const found = ring.find(this.fits)
    const bound = found ?? this.bind(leaf, told)
    if (!found) ring.keep(bound)
    this.write(leaf, bound, found !== undefined)
    return bound
  }

  /** True for what was bound to the very buffers of this leaf, its new ones waiting to be taken again. */
  private readonly fits = (bound: Bound): boolean => {
    const { leaf, lists } = this
    const { given, made } = bound
    for (let i = 0; i < lists.length; i++) if ((lists[i] as Listed).buffers[leaf] !== given[i]) return false
    return areWaiting(made) && this.isToldAs(bound)
  }

  /** Chooses kernels and new buffers for a leaf, and binds them. */
  private bind(leaf: number, told: Told<Source>): Bound {
    const { recipes, device, tfjs } = this.shop
    const { call, lists, sources } = this
    const extent = this.course.extents[leaf] as Extent
    const given = lists.map(({ buffers }) => buffers[leaf])
    const over = call.pass.outputs.map((_, j) => this.over(given, given[this.road.over[j] ?? -1]))
    const own = told.sources.indexOf(device.sumsBuffer)
    const recipe = recipes.get(call.pass, { told, own, over, width: extent.width })
    const ring = this.road.rings[leaf] as Ring<Bound>
    const made = recipe.inPlace.map((inPlace, j) => {
      if (inPlace) return undefined
      const kept = waiting(ring, j)
      const tensor = tfjs.makeTensor(call.shapes[leaf] as readonly number[], kept)
      this.renew(j)[leaf] = tensor
      return kept ?? tfjs.shelf.keep(tfjs.bufferOf(tensor))
    })
    const bindsSums = recipe.steps.some(({ bindings }) => bindings.some(({ place }) => place.of === 'sums'))
    const workgroups = extent.pieces.flatMap(({ size }) =>
      recipe.steps.map(({ reduces }) => groupsFor(size / extent.width, LANES, reduces, device.limits)),
    )
    const sums = bindsSums ? device.sumsBuffer : undefined
    const buffers = { given, made, sources: [...sources], sums, temporaries: noBuffers }
    const bound: Bound = { ...buffers, key: told.key, recipe, workgroups, groups: [], next: undefined }
    if (recipe.temporaries === 0) bound.groups = this.groups(bound, extent)
    return bound
  }

  /** The tensors that a leaf's outputs are: those that were given are written next, new ones take the buffers that fit. */
  private write(leaf: number, { made, recipe }: Bound, makes: boolean): void {
    const { tfjs } = this.shop
    for (let j = 0; j < made.length; j++) {
      if (recipe.inPlace[j]) {
        const { ids, data } = this.lists[this.road.over[j] as number] as Listed
        tfjs.overtake(ids[leaf] as object, data[leaf] as NonNullable<Listed['data'][number]>)
        const list = this.made[j]
        if (list) list[leaf] = this.call.into[j]?.[leaf] as T
      } else if (makes) {
        this.renew(j)[leaf] = tfjs.makeTensor(this.call.shapes[leaf] as readonly number[], made[j])
      }
    }
  }

  /** The list of an output of which some tensors are new. */
  private renew(output: number): T[] {
    const known = this.made[output]
    if (known) return known
    const made = [...((this.call.into[output] ?? new Array(this.call.shapes.length)) as T[])]
    this.made[output] = made
    return made
  }

  /** Buffers between the steps of a leaf, once nobody asks for new ones any more: commands run in order, so the next leaf may have them, too. */
  private borrow(bound: Bound, leaf: number): void {
    const { tfjs } = this.shop
    const extent = this.course.extents[leaf] as Extent
    const temporaries = Array.from({ length: bound.recipe.temporaries }, () => tfjs.borrow(4 * extent.size))
    for (const buffer of temporaries) tfjs.release(buffer)
    if (bound.groups.length > 0 && temporaries.every((buffer, i) => buffer === bound.temporaries[i])) return
    bound.temporaries = temporaries
    bound.groups = this.groups(bound, extent)
  }

  private groups(bound: Bound, { pieces }: Extent): GPUBindGroup[] {
    const isWhole = pieces.length === 1
    return pieces.flatMap((piece) =>
      bound.recipe.steps.map(({ program, bindings }) => {
        const parts = bindings.map(({ place }) => partOf(this.bufferOf(bound, place), place, piece, isWhole))
        return this.shop.device.bind(program, parts)
      }),
    )
  }

  private bufferOf({ given, made, sources, temporaries, sums }: Bound, place: Binding['place']): GPUBuffer {
    switch (place.of) {
      case 'read':
        return given[place.index] as GPUBuffer
      case 'output':
        return (made[place.index]?.buffer ?? given[this.road.over[place.index] as number]) as GPUBuffer
      case 'source':
        return sources[place.index] as GPUBuffer
      case 'temporary':
        return temporaries[place.index] as GPUBuffer
      case 'sums':
        return sums as GPUBuffer
    }
  }

  /** What this leaf's kernels are told; the same for all leaves where no number is a leaf's own. */
  private tell(leaf: number): Told<Source> {
    const last = this.told
    if (last && !this.isPerLeaf) return last
    const known = this.tolds[leaf]
    if (known) {
      this.told = known
      this.sources = this.sourcesAt[leaf] as readonly GPUBuffer[]
      return known
    }
    const { pass, uniforms } = this.call
    const { device, tfjs } = this.shop
    const values = pass.uniforms.map(({ perLeaf }, k) => {
      const value = uniforms[k]
      return (perLeaf ? (value as readonly unknown[])[leaf] : value) as number | DeviceNumber
    })
    const isOwn = (source: Source) => source === device.sumsBuffer
    const told = (last && tellAlike(last, values, isOwn)) ?? tell<Source>(values, isOwn)
    this.told = told
    this.tolds[leaf] = told
    const sources = told.sources.map((source) => (isTensor(source) ? tfjs.bufferOf(source) : source))
    // Most leaves load their numbers from the same buffers.
    if (!sameItems(sources, this.sources)) this.sources = sources
    this.sourcesAt[leaf] = this.sources
    return told
  }

  /** The read whose buffer an output may take. A buffer that is bound twice must not be written. */
  private over(given: readonly (GPUBuffer | undefined)[], buffer: GPUBuffer | undefined): Over {
    if (!buffer || this.sources.includes(buffer)) return undefined
    const reads = given.slice(0, this.call.reads.length)
    const found = reads.indexOf(buffer)
    return reads.lastIndexOf(buffer) === found ? found : undefined
  }

  private empty(leaf: number): void {
    this.call.pass.outputs.forEach((_, j) => {
      const given = this.call.into[j]?.[leaf]
      const list = given ? this.made[j] : this.renew(j)
      if (list) list[leaf] = given ?? tf.tensor(new Float32Array(0), [...(this.call.shapes[leaf] ?? [])])
    })
  }

  /** What was not submitted yet must live until it is, should it be disposed before. */
  private keep(): void {
    const { tfjs } = this.shop
    for (const list of [...this.call.reads, ...this.outputs()]) for (const tensor of list) tfjs.keep(tensor)
    // Empty leaves are told nothing.
    this.tolds.forEach(({ sources }) => {
      for (const source of sources) if (isTensor(source)) tfjs.keep(source)
    })
  }

  // Dispatches

  private dispatch(dispatches: readonly Dispatch[]): number {
    if (dispatches.length === 0) return 0
    const { tfjs, device } = this.shop
    const { firstPieces } = this.course
    const { buffer, start, stride, blocks } = this.blocks(dispatches)
    const pass = tfjs.computePass()
    let [block, size] = [-1, 0]
    let numbers: GPUBindGroup | undefined
    let last: GPUComputePipeline | undefined
    for (let i = 0; i < dispatches.length; i++) {
      const { pipeline, group, workgroups, leaf, piece, words } = dispatches[i] as Dispatch
      const at = (firstPieces[leaf] as number) + piece
      const now = blocks ? (blocks[at] as number) : at
      if (pipeline !== last) {
        pass.setPipeline(pipeline)
        last = pipeline
      }
      if (now !== block || words !== size) {
        if (words !== size) numbers = device.bindNumbers(buffer, 4 * words)
        pass.setBindGroup(1, numbers, [start + stride * now])
        block = now
        size = words
      }
      pass.setBindGroup(0, group)
      pass.dispatchWorkgroups(workgroups)
    }
    return dispatches.length
  }

  /** The numbers of the call, on the device: where leaves are told alike, a block for all pieces of a size, else one a piece. */
  private blocks(dispatches: readonly Dispatch[]): Blocks {
    const { device } = this.shop
    const { shared, extents, order } = this.course
    let words = 0
    for (const each of dispatches) words = Math.max(words, each.words)
    const stride = Math.ceil((4 * words) / device.alignment) * device.alignment
    const bytes = new DataView(new ArrayBuffer(stride * (shared?.sizes.length ?? this.pieces)))
    const { told } = this
    if (shared)
      shared.sizes.forEach(({ size, width }, i) => {
        this.fill(bytes, i * stride, told as Told<Source>, size / width, nowhere, 0)
      })
    else for (const leaf of order) this.fillLeaf(bytes, stride, extents[leaf] as Extent, leaf)
    const { buffer, offset } = device.numbers(bytes.buffer as ArrayBuffer, bytes.byteLength)
    return { buffer, start: offset, stride, blocks: shared?.blocks }
  }

  private get pieces(): number {
    const { extents, firstPieces } = this.course
    return (firstPieces.at(-1) as number) + (extents.at(-1) as Extent).pieces.length
  }

  private fillLeaf(bytes: DataView, stride: number, { pieces, width }: Extent, leaf: number): void {
    const first = this.course.firstPieces[leaf] as number
    const told = (this.tolds[leaf] ?? this.told) as Told<Source>
    const firsts = this.sums.firsts(leaf)
    let partial = 0
    for (let p = 0; p < pieces.length; p++) {
      const { size } = pieces[p] as Piece
      this.fill(bytes, (first + p) * stride, told, size / width, firsts, partial)
      if (firsts.length > 0) partial += groupsFor(size / width, LANES, true, this.shop.device.limits)
    }
  }

  /** One block: numbers, indices, how many cells there are, and where partial results go. */
  private fill(
    to: DataView,
    at: number,
    told: Told<Source>,
    cells: number,
    firsts: readonly number[],
    partial: number,
  ) {
    const { numbers, indices } = told
    const layout = blockLayout(numbers.length, indices.length, firsts.length)
    numbers.forEach((x, i) => {
      to.setFloat32(at + 4 * (layout.numbers + i), x, LITTLE_ENDIAN)
    })
    indices.forEach((x, i) => {
      to.setUint32(at + 4 * (layout.indices + i), x, LITTLE_ENDIAN)
    })
    to.setUint32(at + 4 * layout.count, cells, LITTLE_ENDIAN)
    firsts.forEach((first, i) => {
      to.setUint32(at + 4 * (layout.partials + i), first + partial, LITTLE_ENDIAN)
    })
  }
}

/** Blocks of numbers on the device: for each piece which one, where it is not one a piece. */
interface Blocks {
  readonly buffer: GPUBuffer
  readonly start: number
  readonly stride: number
  readonly blocks: Int32Array | undefined
}

/** WebGPU's numbers are in the order of all machines that have it. */
const LITTLE_ENDIAN = true

const areWaiting = (made: Bound['made']): boolean => {
  for (let j = 0; j < made.length; j++) {
    const kept = made[j]
    if (kept && !waits(kept)) return false
  }
  return true
}

const partOf = (buffer: GPUBuffer, { of }: Binding['place'], { start, size }: Piece, whole: boolean): Part =>
  whole || of === 'source' || of === 'sums' ? { buffer } : { buffer, offset: 4 * start, size: 4 * size }

const nowhere: readonly number[] = []

/** Where a call's reductions put their partial results, and how these become results. */
class Sums {
  private readonly device: Device
  private readonly call: Call
  private readonly extents: readonly Extent[]
  /** Where each leaf's partial results begin, behind the first of a reduction. */
  private readonly starts: number[] = []
  private readonly first: readonly number[] = []
  private readonly total: number = 0

  constructor(device: Device, call: Call, extents: readonly Extent[]) {
    this.device = device
    this.call = call
    this.extents = extents
    const { reductions } = call.pass
    if (reductions.length === 0) return
    for (const { partials } of extents) {
      this.starts.push(this.total)
      this.total += partials
    }
    const results = reductions.reduce((sum, { over }) => sum + (over === 'leaf' ? extents.length : 1), 0)
    device.reserveSums(reductions.length * this.total + results)
    this.first = reductions.map(() => device.takeSums(this.total))
  }

  /** For each reduction where the partial results of a leaf begin. */
  firsts(leaf: number): readonly number[] {
    if (this.first.length === 0) return nowhere
    return this.first.map((first) => first + (this.starts[leaf] as number))
  }

  private readonly values: (DeviceNumber | DeviceNumber[])[] = []

  /** Reduces partial results to results. Answers the number of dispatches that it took. */
  finish(): number {
    const ranges: { readonly [op in ReduceOp]: [number, number, number][] } = { sum: [], max: [] }
    this.call.pass.reductions.forEach(({ op, over }, r) => {
      const value = (first: number, count: number): DeviceNumber => {
        if (count === 0) return deviceScalars.number(op === 'sum' ? 0 : Number.NEGATIVE_INFINITY)
        if (count === 1) return load(this.device.sumsBuffer, first)
        const at = this.device.takeSums(1)
        ranges[op].push([first, count, at])
        return load(this.device.sumsBuffer, at)
      }
      const first = this.first[r] as number
      const perLeaf = (): DeviceNumber[] =>
        this.extents.map(({ partials }, leaf) => value(first + (this.starts[leaf] as number), partials))
      this.values.push(over === 'leaf' ? perLeaf() : value(first, this.total))
    })
    const used = (['sum', 'max'] as const).filter((op) => ranges[op].length > 0)
    for (const op of used) this.device.finish(op, ranges[op])
    return used.length
  }

  results(): (DeviceNumber | DeviceNumber[])[] {
    return this.values
  }
}
