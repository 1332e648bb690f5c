/** Kernels as bytes of WebAssembly. */
import {
  advance,
  assemble,
  type Code,
  type FunctionScope,
  f64,
  i32,
  type Local,
  simd,
  v128,
  when,
  whileTrue,
} from './assembler.ts'
import { instructions } from './instructions.ts'
import type { Kernel } from './kernel.ts'
import type { Lanes, Value } from './lanes.ts'
import { addSquares, isOutOfRange } from './squares.ts'
import { type Table, tableOf } from './table.ts'

/** How elements are taken: several vectors at a time, one vector, or the last few elements one by one. */
export type Stride = { readonly vectors: number } | 'element'

export const bytes = 4
export const lanes = 4

/** How often a value is used, by what is wanted of the kernel. */
const usesOf = ({ values, outputs, reductions }: Kernel): number[] => {
  const uses = values.map(() => 0)
  const use = (value: Value): void => {
    uses[value] = (uses[value] as number) + 1
    if (uses[value] !== 1) return
    const made = values[value] as Lanes
    if (made.kind === 'instruction') made.args.forEach(use)
  }
  for (const value of [...outputs, ...reductions.flatMap(({ parts }) => parts)]) use(value)
  return uses
}

export const extractF64 = (vector: Code, lane: number): Code => [...vector, ...simd(0x21), lane]
const extractF32 = (vector: Code, lane: number): Code => [...vector, ...simd(0x1f), lane]
export const addF64x2 = (a: Code, b: Code): Code => [...a, ...b, ...simd(instructions['f64x2.add'])]
export const maxF32x4 = (a: Code, b: Code): Code => [...a, ...b, ...simd(instructions['f32x4.max'])]
export const maxF32 = (a: Code, b: Code): Code => [...a, ...b, 0x97]
const promoteF32 = (a: Code): Code => [...a, 0xbb]
const f64Zero: Code = [0x44, 0, 0, 0, 0, 0, 0, 0, 0]
const constant = (cells: readonly number[]): Code => [...simd(0x0c), ...cells]
export const f32x4 = (x: number): Code => constant([...new Uint8Array(new Float32Array(4).fill(x).buffer)])

const instruction = (made: Extract<Lanes, { kind: 'instruction' }>): Code => {
  const opcode = simd(instructions[made.name])
  if (made.name === 'i8x16.shuffle') return [...opcode, ...made.immediate]
  return [...made.immediate.flatMap(i32.const), ...opcode]
}

/** The accumulators of one reduction: a vector for every vector of the unrolled body and every part, and a number for the tail. */
export interface Accumulator {
  readonly vectors: readonly (readonly Local[])[]
  readonly tail: Local
  /** Where what is squared is kept of four vectors, and last their sum; none where each square is widened. */
  readonly squared: readonly Local[]
}

export class Emitter {
  protected readonly kernel: Kernel
  protected readonly scope: FunctionScope
  protected readonly uses: readonly number[]
  private readonly locals = new Map<Value, Local>()
  protected readonly reads: readonly Local[]
  protected readonly outputs: readonly Local[]
  protected readonly accumulators: readonly Accumulator[]
  protected readonly left: Local
  protected readonly unroll: number
  /** Whether the loop that is written adds four squares in float32. */
  private sumsFours: boolean
  /** For every output the pointer that serves for it where a row is written over what it reads, if it has such a loop. */
  private readonly over: readonly Local[] | undefined

  constructor(kernel: Kernel, scope: FunctionScope, { unroll, inPlace }: Effort) {
    this.kernel = kernel
    this.scope = scope
    this.unroll = unroll
    this.uses = usesOf(kernel)
    this.left = scope.local('i32')
    this.reads = Array.from({ length: kernel.reads }, () => scope.local('i32'))
    this.outputs = kernel.outputs.map(() => scope.local('i32'))
    const isOver = inPlace && kernel.own.some((read) => read >= 0)
    this.over = isOver ? kernel.own.map((read, i) => this.reads[read] ?? (this.outputs[i] as Local)) : undefined
    this.accumulators = kernel.reductions.map(({ parts, squared }) => ({
      vectors: Array.from({ length: unroll }, () => parts.map(() => scope.local('v128'))),
      tail: scope.local('f64'),
      squared: squared === undefined || unroll < 4 ? [] : [0, 1, 2, 3, 4].map(() => scope.local('v128')),
    }))
    this.sumsFours = this.accumulators.some(({ squared }) => squared.length > 0)
  }

  /** The whole function: the head's numbers, then row after row. */
  body(): Code {
    const { scope, kernel } = this
    const table = tableOf(kernel)
    const [head, row, rows] = [scope.param('head'), scope.param('row'), scope.param('rows')]
    return [
      ...this.loadUniforms(false, head, table.uniforms),
      ...this.loadConstants(),
      ...whileTrue(
        rows.get,
        this.placed(row, table),
        this.loadUniforms(true, row, table.uniforms),
        this.row(head, row, table),
        advance(row, i32.const(table.row)),
        rows.set(i32.sub(rows.get, i32.const(1))),
      ),
    ]
  }

  /** What is done in one row, its pointers and numbers loaded. */
  protected row(_head: Local, row: Local, table: Table): Code {
    const { kernel } = this
    const code = [
      ...kernel.reductions.map((_, i) => this.start(i)),
      ...(this.over ? [this.overReads(this.over)] : []),
      this.loops(),
      ...kernel.reductions.map((_, i) => f64.store(row.get, this.result(i), table.reductions + 8 * i)),
    ]
    if (!this.sumsFours) return code
    this.sumsFours = false
    const sums = this.accumulators.flatMap(({ squared }, i) => (squared.length > 0 ? [i] : []))
    const at = (i: number): number => table.reductions + 8 * i
    const count = i32.load(row.get, table.count)
    return [
      ...code,
      ...when(
        sums.map((i) => isOutOfRange(f64.load(row.get, at(i)), count)).reduce(i32.or),
        this.placed(row, table),
        ...sums.map((i) => this.start(i)),
        this.sumAgain({ vectors: 1 }, sums),
        this.sumAgain('element', sums),
        ...sums.map((i) => f64.store(row.get, this.result(i), at(i))),
      ),
    ]
  }

  /** How many elements there are, and where they begin. */
  private placed(row: Local, table: Table): Code {
    return [
      this.left.set(i32.load(row.get, table.count)),
      ...this.reads.map((pointer, i) => pointer.set(i32.load(row.get, table.reads + bytes * i))),
      ...this.outputs.map((pointer, i) => pointer.set(i32.load(row.get, table.outputs + bytes * i))),
    ]
  }

  /** Sums taken again, all else done: what was written is read where it stands. */
  private sumAgain(stride: Stride, sums: readonly number[]): Code {
    const { kernel } = this
    const load = stride === 'element' ? v128.splat : v128.load
    const [done, seen] = [new Set<Value>(), new Set<Value>()]
    const loads: Code[] = []
    const visit = (value: Value): void => {
      if (seen.has(value)) return
      seen.add(value)
      const made = kernel.values[value] as Lanes
      const written = this.outputs[kernel.outputs.indexOf(value)]
      const from = written ?? (made.kind === 'read' ? this.reads[made.index] : undefined)
      if (!from && made.kind === 'instruction') made.args.forEach(visit)
      if (!from) return
      loads.push(this.local(value).set(load(from.get, 0)))
      done.add(value)
    }
    for (const i of sums) kernel.reductions[i]?.parts.forEach(visit)
    const code = this.coder(done)
    const step = stride === 'element' ? 1 : lanes
    return whileTrue(
      i32.geU(this.left.get, i32.const(step)),
      loads,
      ...sums.map((i) => this.accumulate(i, stride, 0, code)),
      this.advanceBy(step, this.outputs),
      this.left.set(i32.sub(this.left.get, i32.const(step))),
    )
  }

  /** All elements that are left. */
  protected loops(): Code {
    return [
      ...(this.unroll > 1 ? [this.loop({ vectors: this.unroll }, this.outputs)] : []),
      this.loop({ vectors: 1 }, this.outputs),
      this.loop('element', this.outputs),
    ]
  }

  protected local(value: Value): Local {
    const known = this.locals.get(value)
    if (known) return known
    const made = this.scope.local('v128')
    this.locals.set(value, made)
    return made
  }

  protected loadUniforms(perLeaf: boolean, base: Local, offsets: readonly number[]): Code {
    return this.kernel.values.flatMap((made, value) =>
      made.kind === 'uniform' && this.uses[value] && this.kernel.perLeaf[made.index] === perLeaf
        ? this.local(value).set(v128.splat(base.get, offsets[made.index]))
        : [],
    )
  }

  protected loadConstants(): Code {
    return this.kernel.values.flatMap((made, value) =>
      made.kind === 'constant' && this.uses[value] ? this.local(value).set(constant(made.bytes)) : [],
    )
  }

  /**
   * The unrolled loop of a row that is written over what it reads, as a donated step is: one pointer serves for both, so that all are kept in
   * registers. It leaves the others where it stopped. What replaces nothing has its own pointer.
   */
  private overReads(over: readonly Local[]): Code {
    const { outputs } = this
    const pairs = outputs.flatMap((output, i) => (output === over[i] ? [] : [[output, over[i] as Local] as const]))
    return when(
      pairs.map(([output, read]) => i32.eq(output.get, read.get)).reduce(i32.and),
      this.loop({ vectors: this.unroll }, over),
      ...pairs.map(([output, read]) => output.set(read.get)),
    )
  }

  /** Takes elements by `stride` as long as there are enough, and writes them where `outputs` point. */
  protected loop(stride: Stride, outputs: readonly Local[]): Code {
    const vectors = stride === 'element' ? 1 : stride.vectors
    const step = stride === 'element' ? 1 : lanes * vectors
    const pass = Array.from({ length: vectors }, (_, vector) => this.take(stride, vector, outputs)).flat()
    return whileTrue(
      i32.geU(this.left.get, i32.const(step)),
      pass,
      this.advanceBy(step, outputs),
      this.left.set(i32.sub(this.left.get, i32.const(step))),
    )
  }

  /** Pointers go on by so many elements. */
  protected advanceBy(step: number, outputs: readonly Local[]): Code {
    return [...new Set([...this.reads, ...outputs])].map((pointer) => advance(pointer, i32.const(bytes * step)))
  }

  /** True for a read that is the same for all elements of the loop: it stands in its local already. */
  protected isStill(_read: number): boolean {
    return false
  }

  /** One vector, or one element in every lane: all loads come before the first store, which may overwrite what was read. */
  private take(stride: Stride, vector: number, outputs: readonly Local[]): Code {
    const { kernel, uses } = this
    const offset = bytes * lanes * vector
    const done = new Set<Value>()
    const load = stride === 'element' ? v128.splat : v128.load
    const store = (address: Code, code: Code): Code =>
      stride === 'element' ? v128.storeOne(address, code, 0, offset) : v128.store(address, code, offset)
    const loads = kernel.values.flatMap((made, value) => {
      if (made.kind !== 'read' || !uses[value]) return []
      done.add(value)
      if (this.isStill(made.index)) return []
      return this.local(value).set(load((this.reads[made.index] as Local).get, offset))
    })
    const code = this.coder(done)
    const sums = kernel.reductions.flatMap((_, i) => this.accumulate(i, stride, vector, code))
    const stores = kernel.outputs.flatMap((value, i) => store((outputs[i] as Local).get, code(value)))
    return [...loads, ...sums, ...stores]
  }

  /** The code of values: on the stack where a value is used once, in a local variable where it is used again. */
  private coder(done: Set<Value>): (value: Value) => Code {
    const write = (value: Value, into: (number | Code)[]): void => {
      const made = this.kernel.values[value] as Lanes
      if (made.kind !== 'instruction' || done.has(value)) {
        into.push(...this.local(value).get)
        return
      }
      for (const arg of made.args) write(arg, into)
      into.push(...instruction(made))
      if (this.uses[value] === 1) return
      done.add(value)
      into.push(...this.local(value).set([]), ...this.local(value).get)
    }
    return (value) => {
      const into: (number | Code)[] = []
      write(value, into)
      return into
    }
  }

  /** A reduction's accumulators as they are before the first element. */
  protected start(index: number): Code {
    const { vectors, tail } = this.accumulators[index] as Accumulator
    const start = f32x4(this.kernel.reductions[index]?.op === 'sum' ? 0 : Number.NEGATIVE_INFINITY)
    return [...vectors.flat().flatMap((local) => local.set(start)), ...tail.set(f64Zero)]
  }

  protected accumulate(index: number, stride: Stride, vector: number, code: (value: Value) => Code): Code {
    const { op, parts, squared } = this.kernel.reductions[index] as Kernel['reductions'][number]
    const { vectors, tail, squared: kept } = this.accumulators[index] as Accumulator
    if (squared !== undefined && this.sumsFours && stride !== 'element' && stride.vectors > 1) {
      const place = vector % 4
      const keep = (kept[place] as Local).set(code(squared))
      return place < 3 ? keep : [...keep, ...addSquares(kept, vectors[vector - 3] as readonly Local[])]
    }
    const into = vectors[vector] as readonly Local[]
    if (op === 'sum' && stride === 'element') return tail.set(f64.add(tail.get, extractF64(code(parts[0] as Value), 0)))
    const combine = op === 'sum' ? addF64x2 : maxF32x4
    return parts.flatMap((part, i) => (into[i] as Local).set(combine((into[i] as Local).get, code(part))))
  }

  /** The lanes of a reduction's accumulators put together, always in the same order: a float64. */
  protected result(index: number): Code {
    const { vectors, tail } = this.accumulators[index] as Accumulator
    const isSum = this.kernel.reductions[index]?.op === 'sum'
    const [first, ...rest] = vectors.flat() as [Local, ...Local[]]
    const combine = isSum ? addF64x2 : maxF32x4
    const all = rest.flatMap((local) => first.set(combine(first.get, local.get)))
    // Statements leave nothing, so what follows them is the value.
    return [...all, ...(isSum ? sumOf(first.get, tail.get) : maxOf(first.get))]
  }
}

const sumOf = (vector: Code, tail: Code): Code => f64.add(f64.add(extractF64(vector, 0), extractF64(vector, 1)), tail)

const maxOf = (vector: Code): Code =>
  promoteF32([1, 2, 3].map((lane) => extractF32(vector, lane)).reduce(maxF32, extractF32(vector, 0)))

/** How far a module goes for speed, the fastest first. */
export interface Effort {
  readonly unroll: number
  /** Whether rows that are written over what they read have a loop of their own. */
  readonly inPlace: boolean
}

const efforts: readonly Effort[] = [
  { unroll: 4, inPlace: true },
  { unroll: 4, inPlace: false },
]
const least: Effort = { unroll: 1, inPlace: false }

/** As much as every browser compiles at once on its main thread. */
const most = 4096

/**
 * The module of a kernel: one exported function, `run(head, row, rows)`, over a table (see `Table`).
 *
 * Default: By = the emitter of one loop over a row. The body is unrolled four vectors deep, less where the module would grow over 4 kB. Nothing past a tensor's last element is read or written.
 */
export const emit = (kernel: Kernel, shared: boolean, By: typeof Emitter = Emitter): Uint8Array<ArrayBuffer> => {
  const emitted = (effort: Effort) =>
    assemble(['head', 'row', 'rows'], shared, (scope) => new By(kernel, scope, effort).body())
  for (const effort of efforts) {
    const module = emitted(effort)
    if (module.length <= most) return module
  }
  return emitted(least)
}
