/** What the engine keeps on a device: compiled kernels, bound buffers, blocks of numbers, and the place of sums. */

import { sizeOf } from '../../../data/shape.ts'
import { lostDevice, tooLarge } from '../../../errors/memory.ts'
import type { ReduceOp } from '../../../expr/expr.ts'
import { webgpuCounters } from './counters.ts'
import { finishText } from './kernel.ts'
import { type Memory, memoryOf } from './memory.ts'
import { sameItems } from './sameItems.ts'
import { gridFor, type Limits } from './shape.ts'
import type { Tfjs } from './tfjs.ts'

/** A buffer, or a run of bytes of it, as a binding. */
export interface Part {
  readonly buffer: GPUBuffer
  readonly offset?: number
  readonly size?: number
}

/** A compiled kernel and how its buffers are bound. */
export interface Program {
  readonly pipeline: GPUComputePipeline
  readonly layout: GPUBindGroupLayout
}

/** A table of ranges of the sums, on the device. */
interface Ranges {
  readonly table: Uint32Array
  readonly buffer: GPUBuffer
  readonly sums: GPUBuffer
  readonly group: GPUBindGroup
}

/** So many tables stay on the device, the latest last. */
const TABLES = 8
const UNIFORM_BYTES = 65_536
const SUMS = 65_536
const BUNCH = 2 ** 13

export class Device {
  readonly limits: Limits
  private readonly tfjs: Tfjs
  private readonly device: GPUDevice
  private readonly programs = new Map<string, Program>()
  private readonly layouts = new Map<string, GPUBindGroupLayout>()
  private lost: GPUDeviceLostInfo | undefined
  readonly memory: Memory

  constructor(tfjs: Tfjs, limits: Partial<Limits> = {}) {
    this.tfjs = tfjs
    this.device = tfjs.device
    const allowed = this.device.limits
    this.limits = {
      buffers: allowed.maxStorageBuffersPerShaderStage,
      bytes: allowed.maxStorageBufferBindingSize,
      buffer: allowed.maxBufferSize,
      groups: allowed.maxComputeWorkgroupsPerDimension,
      sums: SUMS,
      bunch: BUNCH,
      ...limits,
    }
    this.device.lost.then((info) => {
      this.lost = info
    })
    this.memory = memoryOf(tfjs)
  }

  /** Errors: `device-lost`; `out-of-memory`, once for all that happened since the last check. */
  check(): void {
    if (this.lost) throw lostDevice(this.lost.message || this.lost.reason)
    this.memory.check()
  }

  private readonly admitted = new WeakSet<readonly unknown[]>()

  /** Leaves of these shapes fit into buffers of the device; a list that comes again is not looked at again. Errors: `out-of-memory`. */
  admit(shapes: readonly (readonly number[])[]): void {
    if (this.admitted.has(shapes)) return
    for (const shape of shapes) {
      const bytes = 4 * sizeOf(shape)
      if (bytes > this.limits.buffer) throw tooLarge(bytes, this.limits.buffer)
    }
    this.admitted.add(shapes)
  }

  /** True for a buffer for which there was no memory, as the device said later. */
  private isLost(buffer: GPUBuffer): boolean {
    return this.tfjs.shelf.isForgotten(buffer)
  }

  // Kernels

  /** A kernel by its text; `access` says for each binding whether it is written. Its numbers come in group 1. */
  program(text: string, access: readonly boolean[], hasNumbers = true): Program {
    const known = this.programs.get(text)
    if (known) return known
    const layout = this.layoutOf(access)
    const bindGroupLayouts = hasNumbers ? [layout, this.numbersLayout()] : [layout]
    const pipeline = this.device.createComputePipeline({
      layout: this.device.createPipelineLayout({ bindGroupLayouts }),
      compute: { module: this.device.createShaderModule({ code: text }), entryPoint: 'main' },
    })
    webgpuCounters.pipelines++
    const made = { pipeline, layout }
    this.programs.set(text, made)
    return made
  }

  private layoutOf(access: readonly boolean[]): GPUBindGroupLayout {
    return this.remember(access.join(), () => ({
      entries: access.map((writes, binding) => ({
        binding,
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type: writes ? 'storage' : 'read-only-storage' },
      })),
    }))
  }

  private numbersLayout(): GPUBindGroupLayout {
    const buffer = { type: 'uniform', hasDynamicOffset: true } as const
    return this.remember('numbers', () => ({
      entries: [{ binding: 0, visibility: GPUShaderStage.COMPUTE, buffer }],
    }))
  }

  private remember(key: string, descriptor: () => GPUBindGroupLayoutDescriptor): GPUBindGroupLayout {
    const known = this.layouts.get(key)
    if (known) return known
    const made = this.device.createBindGroupLayout(descriptor())
    this.layouts.set(key, made)
    return made
  }

  // Bindings

  /** The buffers of a dispatch, bound. Whoever asks keeps the group: it is made anew in every call. */
  bind({ layout }: Program, parts: readonly Part[]): GPUBindGroup {
    webgpuCounters.bindGroups++
    return this.device.createBindGroup({ layout, entries: parts.map((resource, binding) => ({ binding, resource })) })
  }

  // Numbers for kernels

  private chunk: GPUBuffer | undefined
  private chunkBytes = 0
  private used = 0

  /**
   * Hands blocks of numbers to the device, `stride` bytes from one to the next. Answers their buffer and where it begins there. What
   * was written is not written again before the queue is submitted.
   */
  numbers(blocks: ArrayBuffer, bytes: number): { readonly buffer: GPUBuffer; readonly offset: number } {
    if (!this.chunk || this.isLost(this.chunk) || this.used + bytes > this.chunkBytes) {
      if (this.chunk) this.tfjs.retire(this.chunk)
      this.chunkBytes = Math.max(UNIFORM_BYTES, 2 ** Math.ceil(Math.log2(bytes)))
      this.chunk = this.tfjs.acquire(this.chunkBytes, GPUBufferUsage.UNIFORM)
      this.used = 0
    }
    const offset = this.used
    this.device.queue.writeBuffer(this.chunk, offset, blocks, 0, bytes)
    this.used += Math.ceil(bytes / this.alignment) * this.alignment
    return { buffer: this.chunk, offset }
  }

  get alignment(): number {
    return this.device.limits.minUniformBufferOffsetAlignment
  }

  private readonly blocks = new WeakMap<GPUBuffer, Map<number, GPUBindGroup>>()

  /** A block of numbers as group 1; its offset is given when it is set. */
  bindNumbers(buffer: GPUBuffer, size: number): GPUBindGroup {
    const bySize = this.blocks.get(buffer) ?? new Map<number, GPUBindGroup>()
    const known = bySize.get(size)
    if (known) return known
    webgpuCounters.bindGroups++
    const entries = [{ binding: 0, resource: { buffer, size } }]
    const made = this.device.createBindGroup({ layout: this.numbersLayout(), entries })
    this.blocks.set(buffer, bySize.set(size, made))
    return made
  }

  // Sums

  private sums: GPUBuffer | undefined
  private taken = 0

  /** The buffer of partial and final results of reductions. */
  get sumsBuffer(): GPUBuffer {
    if (!this.sums || this.isLost(this.sums))
      this.sums = this.makeSums(this.sums ? this.sums.size / 4 : this.limits.sums)
    return this.sums
  }

  /** Makes room for so many numbers; a run that needs more goes on in a larger buffer. */
  reserveSums(count: number): void {
    const room = this.sumsBuffer.size / 4
    if (this.taken + count <= room) return
    this.sums = this.makeSums(Math.max(2 * room, 2 ** Math.ceil(Math.log2(count))))
    this.taken = 0
  }

  /** The first of `count` places; `reserveSums` has made room for them. */
  takeSums(count: number): number {
    this.taken += count
    return this.taken - count
  }

  /** A run is over: nobody needs its sums any more. */
  freeSums(): void {
    this.taken = 0
  }

  private makeSums(count: number): GPUBuffer {
    return this.device.createBuffer({ size: 4 * count, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC })
  }

  /** Adds up ranges of the sums: each to one number, all in one dispatch. `ranges`: first, count, and where the result goes. */
  finish(op: ReduceOp, ranges: readonly (readonly [number, number, number])[]): void {
    const program = this.finisher(op)
    const { group } = this.rangesOf(program, Uint32Array.from(ranges.flat()))
    const pass = this.tfjs.computePass()
    pass.setPipeline(program.pipeline)
    pass.setBindGroup(0, group)
    pass.dispatchWorkgroups(...gridFor(ranges.length, this.limits))
  }

  private readonly tables = new Map<Program, Ranges[]>()

  /** A table of ranges, bound: the one that is on the device already, where it says the same. */
  private rangesOf(program: Program, table: Uint32Array<ArrayBuffer>): Ranges {
    const { sumsBuffer: sums } = this
    const tables = this.tables.get(program) ?? []
    this.tables.set(program, tables)
    const known = tables.find((each) => each.sums === sums && !this.isLost(each.buffer) && sameItems(each.table, table))
    if (known) return known
    const buffer = this.tfjs.acquire(2 ** Math.ceil(Math.log2(table.byteLength)), GPUBufferUsage.STORAGE)
    this.device.queue.writeBuffer(buffer, 0, table)
    const group = this.bind(program, [{ buffer: sums }, { buffer, size: table.byteLength }])
    const made = { table, buffer, sums, group }
    if (tables.push(made) > TABLES) this.tfjs.retire((tables.shift() as Ranges).buffer)
    return made
  }

  private readonly finishers = new Map<ReduceOp, Program>()

  private finisher(op: ReduceOp): Program {
    const known = this.finishers.get(op)
    if (known) return known
    const made = this.program(finishText(op), [true, false], false)
    this.finishers.set(op, made)
    return made
  }
}
