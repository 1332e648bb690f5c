/** The arrays engine: a pass is one SIMD kernel over the leaves of a memory of our own. */
import { NdArray } from '../../data/ndArray.ts'
import type { Pass } from '../../rule/plan.ts'
import type { Along } from '../../simd/draft.ts'
import { type Counters, type Drafted, Kernels } from '../../simd/link.ts'
import { kernelText } from '../../simd/text.ts'
import type { Job, Team } from '../../simd/threads/team.ts'
import type { Engine, PassCall, PassResult } from '../engine.ts'
import { float64Engine } from '../float64/engine.ts'
import { hostScalars } from '../scalars.ts'
import { isPassing } from '../scratch.ts'
import { ArrayDraft } from './draft.ts'
import type { Heap } from './heap.ts'
import type { ArrayLeaf } from './leaf.ts'

type Call = PassCall<ArrayLeaf, number>
type Result = PassResult<ArrayLeaf, number>

/** What this engine did since the program began; its fallbacks are the float64 meaning, rounded. */
export const arraysCounters: Counters = { compiled: 0, fused: 0, fallbacks: 0, nested: 0 }

/**
 * Numbers a row: what is reduced of a larger leaf is reduced row by row and then put together in their order. It never depends on who took
 * which row.
 */
const ROW = 8192

/**
 * Up to how many numbers a leaf the place of the next gradient stays where it is: beyond, it is written over the gradient, whose lines the
 * processor has read already, and a leaf that is only written is read first.
 */
const KEEPS_PLACE_UP_TO = 768

const jobOf = ({ table, draft }: Drafted<ArrayDraft>, head: number): Job => ({
  head,
  row: head + table.head,
  stride: table.row,
  rows: draft.rows,
  units: head + draft.end,
  count: draft.units.length - 1,
  numbers: draft.size,
})

export class ArraysEngine implements Engine<ArrayLeaf, number> {
  readonly name = 'arrays'
  readonly fast = true
  readonly wideSums = true
  readonly leavesNothing = true
  readonly scalars = hostScalars
  readonly text = kernelText
  readonly keepsPlaceUpTo = KEEPS_PLACE_UP_TO
  private readonly heap: Heap
  private readonly kernels: Kernels<ArrayDraft>

  private readonly team: Team | undefined

  constructor(heap: Heap, team?: Team) {
    this.heap = heap
    this.team = team
    this.kernels = new Kernels(heap.memory, (linked) => new ArrayDraft(linked, ROW), arraysCounters)
  }

  run(call: Call): Result {
    const linked = this.kernels.of(call.pass)
    return linked._tag === 'Left' ? this.runMeaning(call) : this.runKernel(linked.right, call)
  }

  readonly whyNotFused = (pass: Pass): string | undefined => {
    const linked = this.kernels.of(pass)
    return linked._tag === 'Left' ? linked.left : undefined
  }

  private runKernel(linked: Drafted<ArrayDraft>, call: Call): Result {
    const { table, draft } = linked
    draft.fit(call.shapes)
    const head = this.heap.room(draft.bytes)
    const { outputs, along } = this.written(call)
    draft.fill(call, outputs, along)
    this.heap.put(draft, head)
    if (this.team) this.team.run(linked, jobOf(linked, head))
    else linked.run(head, head + table.head, draft.rows)
    arraysCounters.fused++
    if (linked.kernel.nest) arraysCounters.nested++
    if (call.pass.reductions.length === 0) return { outputs, reductions: [] }
    return { outputs, reductions: draft.reductionsIn(this.heap.memory.buffer, head, call.pass, along) }
  }

  /** A pass without a kernel: its float64 meaning, rounded. */
  private runMeaning(call: Call): Result {
    arraysCounters.fallbacks++
    const reads = call.reads.map((list) => list.map(({ data, shape }) => new NdArray(Float64Array.from(data), shape)))
    const meant = float64Engine.run({ ...call, reads, into: [] })
    const { outputs, along } = this.written(call)
    outputs.forEach((list, j) => {
      const numbers = meant.outputs[j] as readonly NdArray[]
      list.forEach((leaf, i) => {
        leaf.data.set((numbers[i] as NdArray).data)
      })
    })
    const reductions = meant.reductions.map((made, j) => {
      along[j]?.forEach((leaf, i) => {
        leaf.data.set((made as readonly NdArray[])[i]?.data as Float64Array)
      })
      return along[j] ?? (made as number | readonly number[])
    })
    return { outputs, reductions }
  }

  /** The leaves to write: those that are lent, and new ones for the rest. Where memory does not suffice, none is left over. */
  private written({ pass, into, shapes }: Call): { outputs: (readonly ArrayLeaf[])[]; along: Along<ArrayLeaf> } {
    const made: ArrayLeaf[] = []
    const make = (shape: readonly number[]): ArrayLeaf => {
      const leaf = this.heap.make(shape)
      made.push(leaf)
      return leaf
    }
    try {
      const outputs = pass.outputs.map((_, j) => {
        if (isPassing(pass, j)) {
          const passing = this.heap.lend(shapes)
          for (const leaf of passing) made.push(leaf)
          return passing
        }
        const lent = into[j]
        if (lent && !lent.includes(undefined)) return lent as readonly ArrayLeaf[]
        return shapes.map((shape, leaf) => lent?.[leaf] ?? make(shape))
      })
      return { outputs, along: pass.reductions.map(({ along }) => along?.shapes.map(make)) }
    } catch (error) {
      for (const leaf of made) this.heap.giveBack(leaf)
      throw error
    }
  }

  read({ data }: ArrayLeaf): number {
    return data[0] as number
  }

  write(value: number, into: ArrayLeaf | undefined): ArrayLeaf {
    const leaf = into ?? this.heap.make([])
    leaf.data[0] = value
    return leaf
  }

  fill(shape: readonly number[], value: number): ArrayLeaf {
    const leaf = this.heap.make(shape)
    leaf.data.fill(value)
    return leaf
  }

  copy(from: ArrayLeaf): ArrayLeaf {
    const leaf = this.heap.make(from.shape)
    leaf.data.set(from.data)
    return leaf
  }

  /** No two leaves share memory. */
  readonly writable = (): boolean => true
  readonly allWritable = (lists: readonly (readonly (ArrayLeaf | undefined)[] | undefined)[]): boolean => {
    for (const list of lists) if (list && !this.heap.areAlive(list)) return false
    return true
  }

  identity(leaf: ArrayLeaf): unknown {
    return leaf
  }

  dispose(leaf: ArrayLeaf): void {
    this.heap.giveBack(leaf)
  }

  scope<T>(f: () => T): T {
    return this.heap.scope(f)
  }
}
