/** Carries out one call of a pass: buffers first, then numbers, then dispatches, then the last step of its reductions. */
import * as tf from '@tensorflow/tfjs-core'
import type { Expr, ReduceOp } from '../../expr/expr.ts'
import type { PassCall, PassResult } from '../engine.ts'
import { webgpuCounters } from './counters.ts'
import type { Device, Part } from './device.ts'
import { type Binding, LANES } from './kernel.ts'
import type { Kind, Over, Recipe, RecipeStep, Recipes } from './recipe.ts'
import { deviceScalars, load, type Told, tell } from './scalars.ts'
import { groupsFor, type Piece, piecesOf } from './shape.ts'
import type { Tfjs } from './tfjs.ts'

type T = tf.Tensor
type Call = PassCall<T, Expr>
type Source = T | GPUBuffer

/** The parts of an engine that a run works with. */
export interface Workshop {
  readonly tfjs: Tfjs
  readonly device: Device
  readonly recipes: Recipes
}

/** One leaf of a call, its buffers at hand. */
interface Leaf {
  readonly recipe: Recipe
  readonly width: 1 | 4
  readonly told: Told<Source>
  readonly pieces: readonly Piece[]
  readonly reads: readonly GPUBuffer[]
  readonly outputs: readonly GPUBuffer[]
  readonly sources: readonly GPUBuffer[]
  /** For each reduction where the partial results of this leaf begin. */
  readonly partials: readonly number[]
  readonly index: number
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1)
const isTensor = (source: Source): source is T => 'dataId' in source
const widthOf = (size: number): 1 | 4 => (size % 4 === 0 ? 4 : 1)

export class Run {
  private readonly shop: Workshop
  private readonly call: Call
  private readonly sizes: readonly number[]
  private readonly sums: Sums
  private readonly made: T[][]
  private told: Told<Source> | undefined

  constructor(shop: Workshop, call: Call) {
    this.shop = shop
    this.call = call
    this.sizes = call.shapes.map(sizeOf)
    this.sums = new Sums(shop.device, call, this.sizes)
    this.made = call.pass.outputs.map(() => [])
  }

  run(): PassResult<T, Expr> {
    webgpuCounters.fused++
    const leaves = this.call.shapes.flatMap((_, leaf) => this.prepare(leaf) ?? [])
    const dispatches = this.dispatch(leaves) + this.sums.finish()
    if (dispatches > 0) this.shop.tfjs.dispatched(dispatches)
    webgpuCounters.dispatches += dispatches
    return { outputs: this.made, reductions: this.sums.results() }
  }

  // Buffers

  private prepare(leaf: number): Leaf | undefined {
    const { pass } = this.call
    const { tfjs, device, recipes } = this.shop
    if (this.sizes[leaf] === 0) {
      this.empty(leaf)
      return undefined
    }
    const told = this.tell(leaf)
    const own = told.sources.indexOf(device.sumsBuffer)
    const width = widthOf(this.sizes[leaf] as number)
    const kind: Kind = { told, own, over: pass.outputs.map((_, j) => this.over(j, leaf, told)), width }
    const recipe = recipes.get(pass, kind)
    const buffer = (tensor: T): GPUBuffer => {
      const found = tfjs.bufferOf(tensor)
      tfjs.keep(tensor)
      return found
    }
    return {
      recipe,
      width,
      told,
      index: leaf,
      pieces: piecesOf(this.sizes[leaf] as number, device.limits),
      reads: this.call.reads.map((list) => buffer(list[leaf] as T)),
      sources: told.sources.map((source) => (isTensor(source) ? buffer(source) : source)),
      outputs: pass.outputs.map((_, j) => buffer(this.output(j, leaf, recipe.inPlace[j] as boolean))),
      partials: this.sums.partials(leaf),
    }
  }

  /** What this leaf's kernels are told; the same for all leaves where no number is a leaf's own. */
  private tell(leaf: number): Told<Source> {
    if (this.told) return this.told
    const { pass, uniforms } = this.call
    const values = pass.uniforms.map(({ perLeaf }, k) => {
      const value = uniforms[k]
      return (perLeaf ? (value as readonly unknown[])[leaf] : value) as number | Expr
    })
    const told = tell<Source>(values, (source) => source === this.shop.device.sumsBuffer)
    if (!pass.uniforms.some(({ perLeaf }) => perLeaf)) this.told = told
    return told
  }

  /** A buffer that is bound twice must not be written. */
  private over(output: number, leaf: number, told: Told<Source>): Over {
    const dataId = this.call.into[output]?.[leaf]?.dataId
    if (!dataId || told.sources.some((source) => isTensor(source) && source.dataId === dataId)) return undefined
    const { reads } = this.call
    const read = reads.findIndex((list) => list[leaf]?.dataId === dataId)
    return reads.some((list, i) => i > read && list[leaf]?.dataId === dataId) && read >= 0 ? undefined : read
  }

  private output(j: number, leaf: number, inPlace: boolean): T {
    const { tfjs } = this.shop
    const into = inPlace ? (this.call.into[j]?.[leaf] as T) : undefined
    const tensor = into ?? tfjs.makeTensor(this.call.shapes[leaf] as readonly number[])
    if (into) tfjs.overwrite(into)
    ;(this.made[j] as T[])[leaf] = tensor
    return tensor
  }

  private empty(leaf: number): void {
    this.made.forEach((list, j) => {
      list[leaf] = this.call.into[j]?.[leaf] ?? tf.tensor(new Float32Array(0), [...(this.call.shapes[leaf] ?? [])])
    })
  }

  // Dispatches

  private dispatch(leaves: readonly Leaf[]): number {
    if (leaves.length === 0) return 0
    const pass = new Encoder(this.shop, new Blocks(this.shop.device, this.call, leaves))
    for (const leaf of leaves) {
      const bytes = 4 * (this.sizes[leaf.index] as number)
      const temporaries = Array.from({ length: leaf.recipe.temporaries }, () => this.shop.tfjs.borrow(bytes))
      leaf.pieces.forEach((piece, p) => {
        for (const step of leaf.recipe.steps) pass.step(leaf, step, piece, p, temporaries)
      })
      for (const buffer of temporaries) this.shop.tfjs.release(buffer)
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

  step(leaf: Leaf, step: RecipeStep, piece: Piece, p: number, temporaries: readonly GPUBuffer[]): void {
    const { device } = this.shop
    const { pipeline } = step.program
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
    const buffers = bindings.map(({ place }) => this.bufferOf(leaf, place, temporaries))
    const isWhole = leaf.pieces.length === 1
    const last = isWhole ? remembered[leaf.index] : undefined
    if (last?.buffers.every((buffer, b) => buffer === buffers[b])) return last.group
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
  private readonly offsets = new Map<number, number[]>()

  constructor(device: Device, { pass }: Call, leaves: readonly Leaf[]) {
    const words = leaves.reduce((most, { recipe }) => Math.max(most, recipe.block.words), 1)
    const stride = Math.ceil((4 * words) / device.alignment) * device.alignment
    const shared = pass.reductions.length === 0 && !pass.uniforms.some(({ perLeaf }) => perLeaf)
    const pieces = leaves.reduce((sum, leaf) => sum + leaf.pieces.length, 0)
    const bytes = new ArrayBuffer(stride * pieces)
    const bySize = new Map<number, number>()
    let next = 0
    for (const leaf of leaves) {
      let partial = 0
      const offsets = leaf.pieces.map((piece) => {
        const known = shared ? bySize.get(piece.size) : undefined
        if (known !== undefined) return known
        const at = next
        fill(new DataView(bytes, at, stride), leaf, piece, partial)
        partial += partialsOf(piece.size, leaf.width, device)
        bySize.set(piece.size, at)
        next += stride
        return at
      })
      this.offsets.set(leaf.index, offsets)
    }
    const { buffer, offset } = device.numbers(bytes, next)
    this.buffer = buffer
    this.start = offset
  }

  offset(leaf: number, piece: number): number {
    return this.start + ((this.offsets.get(leaf) as number[])[piece] as number)
  }
}

/** WebGPU's numbers are in the order of all machines that have it. */
const LITTLE_ENDIAN = true

const fill = (block: DataView, { recipe, told, width, partials }: Leaf, { size }: Piece, partial: number): void => {
  const { numbers, indices, count, partials: first } = recipe.block
  told.numbers.forEach((x, i) => {
    block.setFloat32(4 * (numbers + i), x, LITTLE_ENDIAN)
  })
  told.indices.forEach((x, i) => {
    block.setUint32(4 * (indices + i), x, LITTLE_ENDIAN)
  })
  block.setUint32(4 * count, size / width, LITTLE_ENDIAN)
  partials.forEach((at, i) => {
    block.setUint32(4 * (first + i), at + partial, LITTLE_ENDIAN)
  })
}

const partialsOf = (size: number, width: 1 | 4, { limits }: Device): number =>
  groupsFor(size / width, LANES, true, limits)

/** Where a call's reductions put their partial results, and how these become results. */
class Sums {
  private readonly device: Device
  private readonly call: Call
  /** How many partial results each leaf makes of each reduction. */
  private readonly counts: readonly number[] = []
  private readonly starts: number[] = []
  private readonly first: readonly number[] = []
  private readonly total: number = 0

  constructor(device: Device, call: Call, sizes: readonly number[]) {
    this.device = device
    this.call = call
    const { reductions } = call.pass
    if (reductions.length === 0) return
    this.counts = sizes.map((size) =>
      piecesOf(size, device.limits).reduce((sum, piece) => sum + partialsOf(piece.size, widthOf(size), device), 0),
    )
    for (const count of this.counts) {
      this.starts.push(this.total)
      this.total += count
    }
    const results = reductions.reduce((sum, { over }) => sum + (over === 'leaf' ? sizes.length : 1), 0)
    device.reserveSums(reductions.length * this.total + results)
    this.first = reductions.map(() => device.takeSums(this.total))
  }

  partials(leaf: number): number[] {
    return this.first.map((first) => first + (this.starts[leaf] as number))
  }

  private readonly values: (Expr | Expr[])[] = []

  /** Reduces partial results to results. Answers the number of dispatches that it took. */
  finish(): number {
    const ranges: { readonly [op in ReduceOp]: [number, number, number][] } = { sum: [], max: [] }
    this.call.pass.reductions.forEach(({ op, over }, r) => {
      const value = (first: number, count: number): Expr => {
        if (count === 0) return deviceScalars.number(op === 'sum' ? 0 : Number.NEGATIVE_INFINITY)
        if (count === 1) return load(this.device.sumsBuffer, first)
        const at = this.device.takeSums(1)
        ranges[op].push([first, count, at])
        return load(this.device.sumsBuffer, at)
      }
      const first = this.first[r] as number
      const perLeaf = (): Expr[] =>
        this.counts.map((count, leaf) => value(first + (this.starts[leaf] as number), count))
      this.values.push(over === 'leaf' ? perLeaf() : value(first, this.total))
    })
    const used = (['sum', 'max'] as const).filter((op) => ranges[op].length > 0)
    for (const op of used) this.device.finish(op, ranges[op])
    return used.length
  }

  results(): (Expr | Expr[])[] {
    return this.values
  }
}
