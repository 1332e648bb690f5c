/** Kernels as functions on a memory: that of tfjs's wasm backend, or one of our own. */
import { type Either, isRight, map, tryCatch } from 'fp-ts/lib/Either.js'
import type { Pass } from '../rule/plan.ts'
import { importsOf } from './assembler.ts'
import { emit } from './emit.ts'
import { type Kernel, kernelOf } from './kernel.ts'
import { isShared } from './runtime.ts'
import { type Table, tableOf } from './table.ts'

/** A kernel that can be called. */
export interface Linked {
  readonly kernel: Kernel
  readonly table: Table
  readonly run: (head: number, row: number, rows: number) => void
}

type Compiled = Either<string, readonly [Kernel, WebAssembly.Module]>

/** What happened since the program began; tests read it, so that a silent fallback fails. */
export interface Counters {
  /** Kernels compiled. */
  compiled: number
  /** Passes run by a kernel. */
  fused: number
  /** Passes run otherwise, because they have no kernel. */
  fallbacks: number
}

/** Modules by their pass's structure; those for a shared memory differ. */
const modules = new Map<string, Compiled>()

const compile = (pass: Pass, shared: boolean): Compiled =>
  tryCatch(
    () => {
      const kernel = kernelOf(pass)
      return [kernel, new WebAssembly.Module(emit(kernel, shared))] as const
    },
    (error) => `its kernel does not compile here (${error})`,
  )

const moduleOf = (pass: Pass, shared: boolean, counters: Counters): Compiled => {
  const key = `${shared} ${pass.key}`
  const known = modules.get(key)
  if (known) return known
  const made = compile(pass, shared)
  if (isRight(made)) counters.compiled++
  modules.set(key, made)
  return made
}

/** Links the kernel of a pass to a memory, or says why the pass has none. */
export const link = (memory: WebAssembly.Memory, pass: Pass, counters: Counters): Either<string, Linked> =>
  map(([kernel, module]: readonly [Kernel, WebAssembly.Module]): Linked => {
    const { run } = new WebAssembly.Instance(module, importsOf(memory)).exports
    return { kernel, table: tableOf(kernel), run: run as Linked['run'] }
  })(moduleOf(pass, isShared(memory), counters))

/** A kernel for one pass, with a table that is written call after call. */
export interface Drafted<D> extends Linked {
  readonly draft: D
}

/** The kernels of one memory: passes of one structure share a kernel, and each has a table of its own. */
export class Kernels<D> {
  private readonly memory: WebAssembly.Memory
  private readonly draftOf: (linked: Linked) => D
  private readonly counters: Counters
  private readonly byPass = new WeakMap<Pass, Either<string, Drafted<D>>>()
  private readonly byKey = new Map<string, Either<string, Linked>>()

  constructor(memory: WebAssembly.Memory, draftOf: (linked: Linked) => D, counters: Counters) {
    this.memory = memory
    this.draftOf = draftOf
    this.counters = counters
  }

  /** The kernel of a pass, or why it has none, as a clause. */
  of(pass: Pass): Either<string, Drafted<D>> {
    const known = this.byPass.get(pass)
    if (known) return known
    const found = this.byKey.get(pass.key) ?? link(this.memory, pass, this.counters)
    this.byKey.set(pass.key, found)
    const drafted = map((linked: Linked): Drafted<D> => ({ ...linked, draft: this.draftOf(linked) }))(found)
    this.byPass.set(pass, drafted)
    return drafted
  }
}
