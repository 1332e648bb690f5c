/** The wasm engine: a pass is one SIMD kernel over the tensors of tfjs's wasm backend, in the memory where they are. */
import * as tf from '@tensorflow/tfjs-core'
import type { Pass } from '../../../rule/plan.ts'
import type { Along } from '../../../simd/draft.ts'
import { type Drafted, Kernels } from '../../../simd/link.ts'
import { kernelText } from '../../../simd/text.ts'
import type { Engine, PassCall, PassResult } from '../../engine.ts'
import { hostScalars } from '../../scalars.ts'
import { isPassing } from '../../scratch.ts'
import { findMemory, type WasmBackend, whyNoKernels } from './backend.ts'
import { wasmCounters } from './counters.ts'
import { TensorDraft } from './draft.ts'
import { guarding } from './guarding.ts'
import { Heap, type List } from './heap.ts'
import { hasRoom } from './memory.ts'
import { isPassingTensor } from './passing.ts'

type Call = PassCall<tf.Tensor, number>
type Reserving = Pick<Call, 'pass' | 'shapes' | 'into'>
type Result = PassResult<tf.Tensor, number>

const tidyGuarding = <T>(f: () => T): T => guarding(() => tf.tidy(f as () => tf.TensorContainer) as T)

/** The engine that has an op for everything: what makes this one hands it over, since it is there before. */
type Fallback = Engine<tf.Tensor, tf.Tensor>

/** A pass without a kernel, by tfjs ops; what it reduced is read back. */
const runOnTensors = (call: Call, fallback: Fallback): Result => {
  wasmCounters.fallbacks++
  return tidyGuarding(() => {
    const made = fallback.run(call as unknown as PassCall<tf.Tensor, tf.Tensor>)
    const read = (x: tf.Tensor): number => x.dataSync()[0] as number
    const reductions = made.reductions.map((x, j) => {
      if (call.pass.reductions[j]?.along) return x as readonly tf.Tensor[]
      return Array.isArray(x) ? x.map(read) : read(x as tf.Tensor)
    })
    return { outputs: made.outputs, reductions }
  })
}

interface Written {
  readonly outputs: readonly (readonly tf.Tensor[])[]
  readonly along: Along<tf.Tensor>
}

const none: Along<tf.Tensor> = []

class WasmEngine implements Engine<tf.Tensor, number> {
  readonly name = 'wasm'
  readonly fast = true
  readonly wideSums = true
  readonly leavesNothing = true
  readonly scalars = hostScalars
  readonly text = kernelText
  private readonly heap: Heap
  private readonly kernels: Kernels<TensorDraft>
  private readonly fallback: Fallback

  constructor(backend: WasmBackend, fallback: Fallback) {
    this.fallback = fallback
    this.heap = new Heap(backend)
    const memory = findMemory(backend) as WebAssembly.Memory
    this.kernels = new Kernels(memory, (linked) => new TensorDraft(linked), wasmCounters)
  }

  run(call: Call): Result {
    const linked = this.kernels.of(call.pass)
    return linked._tag === 'Left' ? runOnTensors(call, this.fallback) : this.runKernel(linked.right, call)
  }

  readonly whyNotFused = (pass: Pass): string | undefined => {
    const linked = this.kernels.of(pass)
    return linked._tag === 'Left' ? linked.left : undefined
  }

  private runKernel({ kernel, table, run, draft }: Drafted<TensorDraft>, call: Call): Result {
    draft.fit(call.shapes)
    const head = this.heap.room(draft.bytes)
    const { outputs, along } = this.written(call)
    draft.fill(call, outputs, along, this.heap)
    this.heap.put(draft, head)
    run(head, head + table.head, call.shapes.length)
    wasmCounters.fused++
    if (kernel.nest) wasmCounters.nested++
    draft.written()
    this.heap.checkAgain()
    if (call.pass.reductions.length === 0) return { outputs, reductions: [] }
    return { outputs, reductions: draft.reductionsIn(this.heap.bytes().buffer, head, call.pass, along) }
  }

  /** What is written to: all of it or, where memory runs out, nothing. */
  private written(call: Call): Written {
    const made: tf.Tensor[] = []
    try {
      const lists = this.complete(call, made)
      const { outputs, reductions } = call.pass
      return { outputs: lists, along: reductions.length === 0 ? none : lists.splice(outputs.length) }
    } catch (error) {
      for (const tensor of made) tensor.dispose()
      throw error
    }
  }

  /** The outputs and behind them the results over axes, with new tensors where none is given; `made` lists them. */
  private complete({ pass, into, shapes }: Reserving, made: tf.Tensor[]): (readonly tf.Tensor[])[] {
    const lists = new Array<readonly tf.Tensor[]>(pass.outputs.length)
    for (let j = 0; j < lists.length; j++) {
      const isLent = !into[j] && isPassing(pass, j)
      lists[j] = isLent ? this.lent(shapes, made) : this.completed(into[j], shapes, made)
    }
    pass.reductions.forEach(({ along }, j) => {
      if (along) lists[pass.outputs.length + j] = this.completed(into[pass.outputs.length + j], along.shapes, made)
    })
    return lists
  }

  private lent(shapes: Call['shapes'], made: tf.Tensor[]): readonly tf.Tensor[] {
    const tensors = this.heap.lend(shapes)
    for (const tensor of tensors) made.push(tensor)
    return tensors
  }

  private completed(given: Call['into'][number], shapes: Call['shapes'], made: tf.Tensor[]): readonly tf.Tensor[] {
    if (given !== undefined && !given.includes(undefined)) return given as readonly tf.Tensor[]
    return shapes.map((shape, leaf) => {
      const known = given?.[leaf]
      if (known) return known
      const tensor = this.heap.make(shape)
      made.push(tensor)
      return tensor
    })
  }

  readonly reserve = (call: Reserving, made: tf.Tensor[]): (readonly tf.Tensor[])[] | undefined => {
    const linked = this.kernels.of(call.pass)
    if (linked._tag === 'Left') return undefined
    const { draft } = linked.right
    draft.fit(call.shapes)
    this.heap.room(draft.bytes)
    const before = made.length
    const found = this.complete(call, made)
    // What only the passes know is written in place from the start.
    for (const tensor of made.slice(before)) if (!isPassingTensor(tensor)) this.heap.owned(tensor)
    return found
  }

  readonly hasRoom = (bytes: number): boolean => hasRoom(this.heap.backend, bytes)

  read(buffer: tf.Tensor): number {
    const at = this.heap.data(buffer).memoryOffset / 4
    return this.heap.floats()[at] as number
  }

  write(value: number, into: tf.Tensor | undefined): tf.Tensor {
    if (!into) return guarding(() => tf.scalar(value, 'float32'))
    const at = this.heap.data(into).memoryOffset / 4
    this.heap.floats()[at] = value
    return into
  }

  fill(shape: readonly number[], value: number): tf.Tensor {
    const tensor = this.heap.make(shape)
    const at = this.heap.data(tensor).memoryOffset / 4
    this.heap.floats().fill(value, at, at + tensor.size)
    return tensor
  }

  copy(buffer: tf.Tensor): tf.Tensor {
    // tfjs copies here, where other backends count.
    return guarding(() => tf.clone(buffer))
  }

  readonly writable = (buffer: tf.Tensor): boolean => this.heap.owned(buffer).refCount === 1

  readonly allWritable = (lists: readonly (List | undefined)[], once: boolean): boolean => {
    for (const list of lists) if (list && !this.heap.isFree(list, once)) return false
    return true
  }

  identity({ dataId }: tf.Tensor): unknown {
    return dataId
  }

  dispose(buffer: tf.Tensor): void {
    buffer.dispose()
  }

  scope<T>(f: () => T): T {
    return tidyGuarding(f)
  }
}

const engines = new WeakMap<object, WasmEngine | string>()

const forBackend = (fallback: Fallback): WasmEngine | string => {
  const backend: object = tf.backend()
  const known = engines.get(backend)
  if (known !== undefined) return known
  const made = whyNoKernels(backend) ?? new WasmEngine(backend as WasmBackend, fallback)
  engines.set(backend, made)
  return made
}

/** The engine on tfjs's wasm backend, which is active; undefined where it cannot work. */
export const wasmEngine = (fallback: Fallback): Engine<tf.Tensor, unknown> | undefined => {
  const found = forBackend(fallback)
  return typeof found === 'string' ? undefined : (found as Engine<tf.Tensor, unknown>)
}

/** Why there is no wasm engine on the active backend, as a clause. */
export const whyNotWasm = (fallback: Fallback): string | undefined => {
  const found = forBackend(fallback)
  return typeof found === 'string' ? found : undefined
}
