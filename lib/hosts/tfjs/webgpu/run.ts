/** Carries out one call of a pass: buffers first, then numbers, then dispatches, then the last step of its reductions. */
import * as tf from '@tensorflow/tfjs-core'
import { sizeOf } from '../../../data/shape.ts'
import type { ReduceOp } from '../../../expr/expr.ts'
import type { PassCall, PassResult } from '../../engine.ts'
import { webgpuCounters } from './counters.ts'
import type { Device, Part } from './device.ts'
import { type Binding, LANES } from './kernel.ts'
import type { Over, Recipe, RecipeStep, Recipes } from './recipe.ts'
import { type DeviceNumber, deviceScalars, load, type Told, tell, tellAlike } from './scalars.ts'
import { type Extent, extentOf, groupsFor, type Piece } from './shape.ts'
import type { Tfjs } from './tfjs.ts'

type T = tf.Tensor
type Call = PassCall<T, DeviceNumber>
type Source = T | GPUBuffer

/** The parts of an engine that a run works with. */
export interface Workshop {
  readonly tfjs: Tfjs
  readonly device: Device
  readonly recipes: Recipes
  /** How leaves are taken on, by their list of shapes, which comes again in every step. */
  readonly extents: WeakMap<Call['shapes'], readonly Extent[]>
}

/** One leaf of a call, its buffers at hand. */
interface Leaf extends Extent {
  readonly recipe: Recipe
  readonly told: Told<Source>
  readonly reads: readonly GPUBuffer[]
  readonly outputs: readonly GPUBuffer[]
  readonly sources: readonly GPUBuffer[]
  /** For each reduction where the partial results of this leaf begin. */
  readonly firsts: readonly number[]
  readonly index: number
}

const isTensor = (source: Source): source is T => 'dataId' in source

const extentsOf = ({ extents, device }: Workshop, shapes: Call['shapes']): readonly Extent[] => {
  const known = extents.get(shapes)
  if (known) return known
  const made = shapes.map((shape) => extentOf(sizeOf(shape), LANES, device.limits))
  extents.set(shapes, made)
  return made
}

export class Run {
  private readonly shop: Workshop
  private readonly call: Call
  private readonly extents: readonly Extent[]
  private readonly sums: Sums
  private readonly made: T[][]
  private readonly isPerLeaf: boolean
  private told: Told<Source> | undefined
  private last: { recipe: Recipe; width: 1 | 4; over: readonly Over[]; key: string } | undefined

  constructor(shop: Workshop, call: Call) {
    const { pass } = call
    this.shop = shop
    this.call = call
    this.extents = extentsOf(shop, call.shapes)
    this.sums = new Sums(shop.device, call, this.extents)
    this.made = pass.outputs.map(() => [])
    this.isPerLeaf = pass.uniforms.some(({ perLeaf }) => perLeaf)
  }

  run(): PassResult<T, DeviceNumber> {
    const { tfjs } = this.shop
    webgpuCounters.fused++
    const leaves: Leaf[] = []
    for (let leaf = 0; leaf < this.extents.length; leaf++) {
      if (this.extents[leaf]?.size === 0) this.empty(leaf)
      else leaves.push(this.prepare(leaf))
    }
    const dispatches = this.dispatch(leaves) + this.sums.finish()
    if (dispatches > 0 && !tfjs.dispatched(dispatches)) this.keep(leaves)
    webgpuCounters.dispatches += dispatches
    return { outputs: this.made, reductions: this.sums.results() }
  }

  // Buffers

  private prepare(leaf: number): Leaf {
    const { tfjs } = this.shop
    const extent = this.extents[leaf] as Extent
    const told = this.tell(leaf)
    const recipe = this.recipe(leaf, told, extent.width)
    const sources = told.sources.map((source) => (isTensor(source) ? tfjs.bufferOf(source) : source))
    const reads = this.call.reads.map((list) => tfjs.bufferOf(list[leaf] as T))
    const outputs = this.made.map((list, j) => {
      const into = recipe.inPlace[j] ? (this.call.into[j]?.[leaf] as T) : undefined
      const tensor = into ?? tfjs.makeTensor(this.call.shapes[leaf] as readonly number[])
      list[leaf] = tensor
      return into ? tfjs.bufferToWrite(tensor) : tfjs.bufferOf(tensor)
    })
    const { size, width, pieces, partials } = extent
    const firsts = this.sums.firsts(leaf)
    return { recipe, told, reads, outputs, sources, size, width, pieces, partials, firsts, index: leaf }
  }

  /** The recipe for a leaf: as a rule that of the leaf before. */
  private recipe(leaf: number, told: Told<Source>, width: 1 | 4): Recipe {
    const { last } = this
    const over = this.made.map((_, j) => this.over(j, leaf, told))
    if (last?.width === width && last.key === told.key && last.over.every((read, j) => read === over[j]))
      return last.recipe
    const own = told.sources.indexOf(this.shop.device.sumsBuffer)
    const recipe = this.shop.recipes.get(this.call.pass, { told, own, over, width })
    this.last = { recipe, width, over, key: told.key }
    return recipe
  }

  /** What this leaf's kernels are told; the same for all leaves where no number is a leaf's own. */
  private tell(leaf: number): Told<Source> {
    if (this.told && !this.isPerLeaf) return this.told
    const { pass, uniforms } = this.call
    const values = pass.uniforms.map(({ perLeaf }, k) => {
      const value = uniforms[k]
      return (perLeaf ? (value as readonly unknown[])[leaf] : value) as number | DeviceNumber
    })
    const isOwn = (source: Source) => source === this.shop.device.sumsBuffer
    this.told = (this.told && tellAlike(this.told, values, isOwn)) ?? tell<Source>(values, isOwn)
    return this.told
  }

  /** The read whose buffer an output may take. A buffer that is bound twice must not be written. */
  private over(output: number, leaf: number, { sources }: Told<Source>): Over {
    const dataId = this.call.into[output]?.[leaf]?.dataId
    if (!dataId) return undefined
    for (const source of sources) if (isTensor(source) && source.dataId === dataId) return undefined
    let found = -1
    for (let i = 0; i < this.call.reads.length; i++) {
      if (this.call.reads[i]?.[leaf]?.dataId !== dataId) continue
      if (found >= 0) return undefined
      found = i
    }
    return found
  }

  private empty(leaf: number): void {
    this.made.forEach((list, j) => {
      list[leaf] = this.call.into[j]?.[leaf] ?? tf.tensor(new Float32Array(0), [...(this.call.shapes[leaf] ?? [])])
    })
  }

  /** What was not submitted yet must live until it is, should it be disposed before. */
  private keep(leaves: readonly Leaf[]): void {
    for (const { index, told } of leaves) {
      for (const list of [...this.call.reads, ...this.made]) this.shop.tfjs.keep(list[index] as T)
      for (const source of told.sources) if (isTensor(source)) this.shop.tfjs.keep(source)
    }
  }

  // Dispatches

  private dispatch(leaves: readonly Leaf[]): number {
    if (leaves.length === 0) return 0
    const { tfjs, device } = this.shop
    const pass = new Encoder(this.shop, new Blocks(device, this.call, leaves))
    for (const leaf of leaves) {
      const temporaries = Array.from({ length: leaf.recipe.temporaries }, () => tfjs.borrow(4 * leaf.size))
      for (let p = 0; p < leaf.pieces.length; p++) {
        for (const step of leaf.recipe.steps) pass.step(leaf, step, p, temporaries)
      }
      for (const buffer of temporaries) tfjs.release(buffer)
    }
    return pass.count
  }
}

/** Writes dispatches into a compute pass, and says again only what has changed. */
class Encoder {
  count = 0
  private readonly shop: Workshop
  private readonly blocks: Blocks
  private readonly pass: GPUComputePassEncoder
  private pipeline: GPUComputePipeline | undefined
  private block = -1
  private words = 0

  constructor(shop: Workshop, blocks: Blocks) {
    this.shop = shop
    this.blocks = blocks
    this.pass = shop.tfjs.computePass()
  }

  step(leaf: Leaf, step: RecipeStep, p: number, temporaries: readonly GPUBuffer[]): void {
    const { device } = this.shop
    const { pipeline } = step.program
    const piece = leaf.pieces[p] as Piece
    if (pipeline !== this.pipeline) this.pass.setPipeline(pipeline)
    this.pipeline = pipeline
    this.pass.setBindGroup(0, this.group(leaf, step, piece, temporaries))
    this.setNumbers(leaf, p)
    this.pass.dispatchWorkgroups(groupsFor(piece.size / leaf.width, LANES, step.reduces, device.limits))
    this.count++
  }

  /** The buffers of a step, bound: as they were the last time, where they are the same. */
  private group(leaf: Leaf, step: RecipeStep, piece: Piece, temporaries: readonly GPUBuffer[]): GPUBindGroup {
    const { bindings, remembered } = step
    const isWhole = leaf.pieces.length === 1
    const last = isWhole ? remembered[leaf.index] : undefined
    if (last && bindings.every(({ place }, b) => this.bufferOf(leaf, place, temporaries) === last.buffers[b]))
      return last.group
    const buffers = bindings.map(({ place }) => this.bufferOf(leaf, place, temporaries))
    const parts = bindings.map(({ place }, b) => partOf(buffers[b] as GPUBuffer, place, piece, isWhole))
    const group = this.shop.device.bind(step.program, parts)
    if (isWhole) remembered[leaf.index] = { buffers, group }
    return group
  }

  private setNumbers(leaf: Leaf, p: number): void {
    const offset = this.blocks.offset(leaf.index, p)
    const { words } = leaf.recipe.block
    if (offset === this.block && words === this.words) return
    this.pass.setBindGroup(1, this.shop.device.bindNumbers(this.blocks.buffer, 4 * words), [offset])
    this.block = offset
    this.words = words
  }

  private bufferOf(leaf: Leaf, place: Binding['place'], temporaries: readonly GPUBuffer[]): GPUBuffer {
    switch (place.of) {
      case 'read':
        return leaf.reads[place.index] as GPUBuffer
      case 'output':
        return leaf.outputs[place.index] as GPUBuffer
      case 'source':
        return leaf.sources[place.index] as GPUBuffer
      case 'temporary':
        return temporaries[place.index] as GPUBuffer
      case 'sums':
        return this.shop.device.sumsBuffer
    }
  }
}

const partOf = (buffer: GPUBuffer, { of }: Binding['place'], { start, size }: Piece, whole: boolean): Part =>
  whole || of === 'source' || of === 'sums' ? { buffer } : { buffer, offset: 4 * start, size: 4 * size }

/** The numbers of a call's leaves, in blocks: one a piece, or one for all pieces of a size where nothing else tells them apart. */
class Blocks {
  readonly buffer: GPUBuffer
  private readonly start: number
  /** Where the block of each piece begins, and the first piece of each leaf. */
  private readonly offsets: number[] = []
  private readonly pieces: number[] = []

  constructor(device: Device, { pass }: Call, leaves: readonly Leaf[]) {
    let [words, count] = [1, 0]
    for (const { recipe, pieces } of leaves) {
      words = Math.max(words, recipe.block.words)
      count += pieces.length
    }
    const stride = Math.ceil((4 * words) / device.alignment) * device.alignment
    const shared = pass.reductions.length === 0 && !pass.uniforms.some(({ perLeaf }) => perLeaf)
    const bytes = new DataView(new ArrayBuffer(stride * (shared ? sizesOf(leaves) : count)))
    const bySize = new Map<number, number>()
    let next = 0
    for (const leaf of leaves) {
      this.pieces[leaf.index] = this.offsets.length
      let partial = 0
      for (const { size } of leaf.pieces) {
        const known = shared ? bySize.get(size) : undefined
        this.offsets.push(known ?? next)
        if (known !== undefined) continue
        fill(bytes, next, leaf, size, partial)
        if (pass.reductions.length > 0) partial += groupsFor(size / leaf.width, LANES, true, device.limits)
        bySize.set(size, next)
        next += stride
      }
    }
    const { buffer, offset } = device.numbers(bytes.buffer as ArrayBuffer, next)
    this.buffer = buffer
    this.start = offset
  }

  offset(leaf: number, piece: number): number {
    return this.start + (this.offsets[(this.pieces[leaf] as number) + piece] as number)
  }
}

/** How many different sizes the pieces have. */
const sizesOf = (leaves: readonly Leaf[]): number => {
  const sizes = new Set<number>()
  for (const { pieces } of leaves) for (const { size } of pieces) sizes.add(size)
  return sizes.size
}

/** WebGPU's numbers are in the order of all machines that have it. */
const LITTLE_ENDIAN = true

const fill = (to: DataView, at: number, { recipe, told, width, firsts }: Leaf, size: number, partial: number): void => {
  const { numbers, indices, count, partials } = recipe.block
  told.numbers.forEach((x, i) => {
    to.setFloat32(at + 4 * (numbers + i), x, LITTLE_ENDIAN)
  })
  told.indices.forEach((x, i) => {
    to.setUint32(at + 4 * (indices + i), x, LITTLE_ENDIAN)
  })
  to.setUint32(at + 4 * count, size / width, LITTLE_ENDIAN)
  firsts.forEach((first, i) => {
    to.setUint32(at + 4 * (partials + i), first + partial, LITTLE_ENDIAN)
  })
}

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
