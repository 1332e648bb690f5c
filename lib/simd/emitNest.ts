/** Kernels of several loops, one in another: for passes that reduce over axes or spread smaller trees. */
import { advance, type Code, type FunctionScope, f32, f64, i32, type Local, v128, whileTrue } from './assembler.ts'
import {
  addF64x2,
  bytes,
  type Effort,
  Emitter,
  emit,
  extractF64,
  f32x4,
  lanes,
  maxF32,
  maxF32x4,
  type Stride,
} from './emit.ts'
import type { Kernel } from './kernel.ts'
import type { Value } from './lanes.ts'
import type { Nest, NestReduction } from './nest.ts'
import type { Table } from './table.ts'

/** The pointers of a reduction over axes: where its next result goes, and where the sums are that it keeps. */
interface Pointers {
  readonly result: Local
  readonly kept: Local
}

/** Where the table stands. */
interface At {
  readonly head: Local
  readonly row: Local
  readonly table: Table
}

class NestEmitter extends Emitter {
  private readonly nest: Nest
  private readonly pointers: readonly Pointers[]
  private readonly count: Local

  constructor(kernel: Kernel, scope: FunctionScope, effort: Effort) {
    super(kernel, scope, effort)
    this.nest = kernel.nest as Nest
    this.pointers = kernel.reductions.map(() => ({ result: scope.local('i32'), kept: scope.local('i32') }))
    this.count = scope.local('i32')
  }

  private get innermost(): number {
    return this.nest.loops.length - 1
  }

  protected override row(head: Local, row: Local, table: Table): Code {
    const { reductions } = this.nest
    const whole = reductions.flatMap((axes, i) => (axes ? [] : [i]))
    return [
      ...this.pointers.map(({ result }, i) => result.set(i32.load(row.get, table.results + bytes * i))),
      ...whole.map((i) => this.start(i)),
      this.nested(0, { head, row, table }),
      ...whole.map((i) => f64.store(row.get, this.result(i), table.reductions + 8 * i)),
    ]
  }

  /** One loop with those in it, and what reductions do before and behind it. */
  private nested(loop: number, at: At): Code {
    const where = (test: (axes: NestReduction) => boolean): number[] =>
      this.nest.reductions.flatMap((axes, i) => (axes && test(axes) ? [i] : []))
    const [inner, kept] = [where((axes) => axes.inner === loop), where((axes) => axes.kept && axes.begins === loop)]
    return [
      ...kept.map((i) => this.fill(i, at)),
      ...inner.map((i) => this.start(i)),
      loop === this.innermost ? this.elements(at) : this.around(loop, at),
      ...inner.map((i) => this.finish(i)),
      ...kept.map((i) => this.flush(i, at)),
    ]
  }

  private extent(loop: number, { row, table }: At): Code {
    return i32.load(row.get, table.extents + bytes * loop)
  }

  /** The innermost loop: numbers that lie side by side. */
  private elements(at: At): Code {
    const still = this.kernel.values.flatMap((made, value) =>
      made.kind === 'read' && this.uses[value] && this.isStill(made.index)
        ? this.local(value).set(v128.splat((this.reads[made.index] as Local).get))
        : [],
    )
    return [...still, this.left.set(this.extent(this.innermost, at)), this.loops()]
  }

  /** A loop around others: what does not go on along with it begins again each time. */
  private around(loop: number, at: At): Code {
    const again = [...this.reads.filter((_, i) => this.comesAgain(i, loop)), ...this.keptAgain(loop)]
    const bases = again.map(() => this.scope.local('i32'))
    const left = this.scope.local('i32')
    const behind = this.reads.filter((_, i) => this.lastOf(i) === loop)
    return [
      ...again.map((pointer, i) => (bases[i] as Local).set(pointer.get)),
      left.set(this.extent(loop, at)),
      whileTrue(
        left.get,
        ...again.map((pointer, i) => pointer.set((bases[i] as Local).get)),
        this.nested(loop + 1, at),
        ...behind.map((pointer) => advance(pointer, i32.const(bytes))),
        left.set(i32.sub(left.get, i32.const(1))),
      ),
    ]
  }

  /** The innermost loop that a read goes on along with, or −1. */
  private lastOf(read: number): number {
    return this.nest.reads[read]?.lastIndexOf(true) ?? -1
  }

  private comesAgain(read: number, loop: number): boolean {
    return this.lastOf(read) > loop && !this.nest.reads[read]?.[loop]
  }

  /** The pointers to sums that are added to again in each turn of a loop. */
  private keptAgain(loop: number): Local[] {
    return this.nest.reductions.flatMap((axes, i) =>
      axes?.kept && axes.over[loop] && loop < axes.inner ? [(this.pointers[i] as Pointers).kept] : [],
    )
  }

  protected override isStill(read: number): boolean {
    return this.lastOf(read) < this.innermost
  }

  /** True for a reduction whose innermost loop goes over different results. */
  private isAcross(index: number): boolean {
    return this.nest.reductions[index]?.inner === this.nest.loops.length
  }

  private isSum(index: number): boolean {
    return this.kernel.reductions[index]?.op === 'sum'
  }

  /** Bytes of what a reduction keeps: sums are float64, and the largest so far is the number that it is. */
  private cell(index: number): number {
    return this.isSum(index) ? 8 : bytes
  }

  protected override advanceBy(step: number, outputs: readonly Local[]): Code {
    return [
      ...this.reads.flatMap((pointer, i) => (this.isStill(i) ? [] : advance(pointer, i32.const(bytes * step)))),
      ...outputs.map((pointer) => advance(pointer, i32.const(bytes * step))),
      ...this.pointers.flatMap(({ kept }, i) =>
        this.isAcross(i) ? advance(kept, i32.const(this.cell(i) * step)) : [],
      ),
    ]
  }

  protected override accumulate(index: number, stride: Stride, vector: number, code: (value: Value) => Code): Code {
    if (!this.isAcross(index)) return super.accumulate(index, stride, vector, code)
    const { parts } = this.kernel.reductions[index] as Kernel['reductions'][number]
    const { kept } = this.pointers[index] as Pointers
    const [part] = parts as readonly [Value, ...Value[]]
    const isSum = this.isSum(index)
    if (stride === 'element')
      return isSum
        ? f64.store(kept.get, f64.add(f64.load(kept.get), extractF64(code(part), 0)))
        : v128.storeOne(kept.get, maxF32x4(v128.splat(kept.get), code(part)), 0)
    const combine = isSum ? addF64x2 : maxF32x4
    const first = this.cell(index) * lanes * vector
    return parts.flatMap((each, i) =>
      v128.store(kept.get, combine(v128.load(kept.get, first + 16 * i), code(each)), first + 16 * i),
    )
  }

  private keptAt(index: number, { head, row, table }: At): Code {
    return i32.add(head.get, i32.load(row.get, table.kept + 8 * index))
  }

  private keptCount(index: number, { row, table }: At): Code {
    return i32.load(row.get, table.kept + 8 * index + 4)
  }

  /** What is kept, before the first number is added; its room is a multiple of a vector. */
  private fill(index: number, at: At): Code {
    const { kept } = this.pointers[index] as Pointers
    const { count } = this
    const start = f32x4(this.isSum(index) ? 0 : Number.NEGATIVE_INFINITY)
    return [
      kept.set(this.keptAt(index, at)),
      count.set(this.keptCount(index, at)),
      whileTrue(
        i32.geS(count.get, i32.const(1)),
        v128.store(kept.get, start),
        advance(kept, i32.const(16)),
        count.set(i32.sub(count.get, i32.const(16 / this.cell(index)))),
      ),
      kept.set(this.keptAt(index, at)),
    ]
  }

  /** What stood in registers becomes a result, or is added to what is kept. */
  private finish(index: number): Code {
    const { result, kept } = this.pointers[index] as Pointers
    if (!this.nest.reductions[index]?.kept)
      return [f32.store(result.get, f32.demote(this.result(index))), advance(result, i32.const(bytes))]
    const made = this.result(index)
    const add = this.isSum(index)
      ? f64.store(kept.get, f64.add(f64.load(kept.get), made))
      : f32.store(kept.get, maxF32(f32.load(kept.get), f32.demote(made)))
    return [add, advance(kept, i32.const(this.cell(index)))]
  }

  /** What is kept becomes results. */
  private flush(index: number, at: At): Code {
    const { result, kept } = this.pointers[index] as Pointers
    const { count } = this
    const value = this.isSum(index) ? f32.demote(f64.load(kept.get)) : f32.load(kept.get)
    return [
      kept.set(this.keptAt(index, at)),
      count.set(this.keptCount(index, at)),
      whileTrue(
        count.get,
        f32.store(result.get, value),
        advance(result, i32.const(bytes)),
        advance(kept, i32.const(this.cell(index))),
        count.set(i32.sub(count.get, i32.const(1))),
      ),
    ]
  }
}

/** The module of a kernel of several loops: see `emit`. */
export const emitNest = (kernel: Kernel, shared: boolean): Uint8Array<ArrayBuffer> => emit(kernel, shared, NestEmitter)
