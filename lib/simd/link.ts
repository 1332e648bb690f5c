/** Kernels as functions on a memory: that of tfjs's wasm backend, or one of our own. */
import type { Either } from 'fp-ts/lib/Either.js'
import type { Pass } from '../rule/plan.ts'
import { importsOf } from './assembler.ts'
import { emit } from './emit.ts'
import { emitNest } from './emitNest.ts'
import { type Kernel, kernelOf } from './kernel.ts'
import { isShared } from './runtime.ts'
import { type Table, tableOf } from './table.ts'

/** A kernel that can be called. */
export interface Linked {
  readonly kernel: Kernel
  readonly table: Table
  readonly run: (head: number, row: number, rows: number) => void
  /** The bytes of its module, from which another thread makes it. */
  readonly code: Uint8Array
}

type Compiled = Either<string, readonly [Kernel, WebAssembly.Module, Uint8Array]>

/** What happened since the program began; tests read it, so that a silent fallback fails. */
export interface Counters {
  /** Kernels compiled. */
  compiled: number
  /** Passes run by a kernel. */
  fused: number
  /** Passes run otherwise, because they have no kernel. */
  fallbacks: number
  /** Passes among the fused that reduce over axes or spread smaller trees. */
  nested: number
}

/** Modules by their pass's structure; those for a shared memory differ. */
const modules = new Map<string, Compiled>()

// fp-ts's Either by its type alone: nothing of fp-ts is loaded to run a kernel.

const right = <A>(value: A): Either<string, A> => ({ _tag: 'Right', right: value })

const map = <A, B>(found: Either<string, A>, f: (a: A) => B): Either<string, B> =>
  found._tag === 'Left' ? found : right(f(found.right))

const compile = (pass: Pass, shared: boolean): Compiled => {
  try {
    const kernel = kernelOf(pass)
    const code = kernel.nest ? emitNest(kernel, shared) : emit(kernel, shared)
    return right([kernel, new WebAssembly.Module(code), code] as const)
  } catch (error) {
    return { _tag: 'Left', left: `its kernel does not compile here (${error})` }
  }
}

const moduleOf = (pass: Pass, shared: boolean, counters: Counters): Compiled => {
  const key = `${shared} ${pass.key}`
  const known = modules.get(key)
  if (known) return known
  const made = compile(pass, shared)
  if (made._tag === 'Right') counters.compiled++
  modules.set(key, made)
  return made
}

/** Links the kernel of a pass to a memory, or says why the pass has none. */
export const link = (memory: WebAssembly.Memory, pass: Pass, counters: Counters): Either<string, Linked> =>
  map(moduleOf(pass, isShared(memory), counters), ([kernel, module, code]): Linked => {
    const { run } = new WebAssembly.Instance(module, importsOf(memory)).exports
    return { kernel, table: tableOf(kernel), run: run as Linked['run'], code }
  })

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
    const drafted = map(found, (linked): Drafted<D> => ({ ...linked, draft: this.draftOf(linked) }))
    this.byPass.set(pass, drafted)
    return drafted
  }
}
