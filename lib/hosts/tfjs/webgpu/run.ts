/** Carries out one call of a pass: the buffers of its leaves first, then dispatches, then the last step of its reductions. */
import * as tf from '@tensorflow/tfjs-core'
import type { PassResult } from '../../engine.ts'
import { type Bound, type Dispatch, type Lap, type Ring, waiting } from './bound.ts'
import type { Call, Source, Workshop } from './call.ts'
import { webgpuCounters } from './counters.ts'
import { type Course, courseOf, listsOf, type Road, roadOf } from './course.ts'
import type { Part } from './device.ts'
import { dispatchAll } from './dispatches.ts'
import { type Binding, LANES } from './kernel.ts'
import type { Over, RecipeStep } from './recipe.ts'
import { sameItems } from './sameItems.ts'
import type { DeviceNumber, Told } from './scalars.ts'
import { type Extent, groupsFor, type Piece } from './shape.ts'
import { waits } from './shelf.ts'
import { Sums } from './sums.ts'
import { Telling } from './telling.ts'
import type { Listed } from './tfjs.ts'

type T = tf.Tensor

const noBuffers: readonly GPUBuffer[] = []

export class Run {
  private readonly shop: Workshop
  private readonly call: Call
  readonly course: Course
  private readonly road: Road
  /** The lists of the call: what it reads, and behind it what else its outputs may be written over. */
  private readonly lists: readonly Listed[]
  readonly sums: Sums
  /** For each output the list of its tensors, once one of them is new. */
  private readonly made: (T[] | undefined)[]
  readonly telling: Telling
  private areAlike = false
  private leaf = 0

  constructor(shop: Workshop, call: Call) {
    const { pass, shapes } = call
    this.shop = shop
    this.call = call
    this.course = courseOf(shop.device, pass, shapes)
    const { lists, over } = listsOf(call)
    this.road = roadOf(this.course, over)
    this.lists = lists.map((list) => shop.tfjs.withBuffers(list))
    this.sums = new Sums(shop.device, call, this.course.extents)
    this.made = pass.outputs.map(() => undefined)
    this.telling = new Telling(shop, call)
  }

  run(): PassResult<T, DeviceNumber> {
    const { tfjs } = this.shop
    webgpuCounters.fused++
    const dispatches = dispatchAll(this.shop, this, this.lap() ?? this.prepared()) + this.sums.finish()
    if (dispatches > 0 && !tfjs.dispatched(dispatches)) this.keep()
    webgpuCounters.dispatches += dispatches
    return { outputs: this.outputs(), reductions: this.sums.results() }
  }

  private outputs(): readonly (readonly T[])[] {
    return this.call.pass.outputs.map((_, j) => this.made[j] ?? (this.call.into[j] as readonly T[] | undefined) ?? [])
  }

  /** The dispatches of this call, where all of its leaves were bound like this before; its outputs are written then. */
  private lap(): readonly Dispatch[] | undefined {
    const { course, road } = this
    this.areAlike = this.telling.tellAll(course.order)
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

  /** True for a lap on the very buffers of this call, its new ones waiting to be taken again. */
  private readonly fitsAll = (lap: Lap): boolean => {
    const { lists } = this
    if (!this.telling.isAs(lap)) return false
    for (let i = 0; i < lists.length; i++) {
      const [now, before] = [lists[i] as Listed, lap.lists[i] as Listed]
      if (now !== before && !sameItems(now.buffers, before.buffers)) return false
    }
    if (lap.makes) for (const bound of lap.bounds) if (bound && !areWaiting(bound.made)) return false
    return true
  }

  /** The dispatches of this call, leaf by leaf; remembered as a lap, where leaves are told alike and lent nothing. */
  private prepared(): readonly Dispatch[] {
    const { course, road, lists } = this
    const { told, sources } = this.telling
    const bounds = this.prepare()
    const dispatches = course.order.flatMap((leaf) => this.dispatchesOf(bounds[leaf] as Bound, leaf))
    if (!told || !this.areAlike || bounds.some((bound) => bound && bound.recipe.temporaries > 0)) return dispatches
    const sums = bounds.find((bound) => bound?.sums)?.sums
    const makes = bounds.some((bound) => !bound || bound.recipe.inPlace.includes(false))
    road.laps.keep({ lists, key: told.key, sources, sums, makes, bounds, dispatches, next: undefined })
    return dispatches
  }

  private dispatchesOf({ recipe, groups, workgroups }: Bound, leaf: number): Dispatch[] {
    const { steps, block } = recipe
    return groups.map((group, at) => {
      const { pipeline } = (steps[at % steps.length] as RecipeStep).program
      const piece = Math.floor(at / steps.length)
      return { pipeline, group, workgroups: workgroups[at] as number, rows: 1, leaf, piece, words: block.words }
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
    const told = this.telling.tell(leaf)
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
    return areWaiting(made) && this.telling.isAs(bound)
  }

  /** Chooses kernels and new buffers for a leaf, and binds them. */
  private bind(leaf: number, told: Told<Source>): Bound {
    const { recipes, device, tfjs } = this.shop
    const { call, lists } = this
    const { sources } = this.telling
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

  /** The read whose buffer an output may take. A buffer that is bound twice must not be written. */
  private over(given: readonly (GPUBuffer | undefined)[], buffer: GPUBuffer | undefined): Over {
    if (!buffer || this.telling.sources.includes(buffer)) return undefined
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
    this.telling.keep()
  }
}

const areWaiting = (made: Bound['made']): boolean => {
  for (let j = 0; j < made.length; j++) {
    const kept = made[j]
    if (kept && !waits(kept)) return false
  }
  return true
}

const partOf = (buffer: GPUBuffer, { of }: Binding['place'], { start, size }: Piece, whole: boolean): Part =>
  whole || of === 'source' || of === 'sums' ? { buffer } : { buffer, offset: 4 * start, size: 4 * size }
