/** Kernels as functions on the memory of one tfjs backend. */
import { type Either, isRight, map, tryCatch } from 'fp-ts/lib/Either.js'
import type { Pass } from '../../../rule/plan.ts'
import { emit } from '../../../simd/emit.ts'
import { type Kernel, kernelOf } from '../../../simd/kernel.ts'
import { type Table, tableOf } from '../../../simd/table.ts'
import { findMemory, isShared, type WasmBackend } from './backend.ts'
import { wasmCounters } from './counters.ts'

/** A kernel that can be called. */
export interface Linked {
  readonly kernel: Kernel
  readonly table: Table
  readonly run: (head: number, row: number, rows: number) => void
}

type Compiled = Either<string, readonly [Kernel, WebAssembly.Module]>

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

const moduleOf = (pass: Pass, shared: boolean): Compiled => {
  const key = `${shared} ${pass.key}`
  const known = modules.get(key)
  if (known) return known
  const made = compile(pass, shared)
  if (isRight(made)) wasmCounters.compiled++
  modules.set(key, made)
  return made
}

/** Links the kernel of a pass to a backend's memory, or says why the pass has none. */
export const link = (backend: WasmBackend, pass: Pass): Either<string, Linked> => {
  const memory = findMemory(backend) as WebAssembly.Memory
  return map(([kernel, module]: readonly [Kernel, WebAssembly.Module]): Linked => {
    const { run } = new WebAssembly.Instance(module, { tfjs: { memory } }).exports
    const table = tableOf(kernel)
    return { kernel, table, run: run as Linked['run'] }
  })(moduleOf(pass, isShared(memory)))
}
