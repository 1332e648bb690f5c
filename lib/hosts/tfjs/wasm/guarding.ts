/**
 * What is done when an op of tfjs finds its WebAssembly memory full. tfjs goes on with a tensor at address 0 and writes there, over what the module
 * keeps at its bottom. Within `guarding` its allocator raises `out-of-memory` instead; outside of it tfjs stays as it is. A gradient needs this
 * before any kernel of ours is loaded, so it stands by itself.
 */
import * as tf from '@tensorflow/tfjs-core'
import { fullWasm } from '../../../errors/memory.ts'
import type { WasmBackend } from './backend.ts'

/** Addresses are numbers of 32 bits: what is larger would be cut to less. */
export const MOST = 2 ** 32

/** True where the allocator found bytes: near the end of four gigabytes it answers with some that lie partly behind the end, too. */
export const isInside = ({ HEAPU8 }: WasmBackend['wasm'], address: number, bytes: number): boolean =>
  address !== 0 && (HEAPU8 === undefined || (address >>> 0) + bytes <= HEAPU8.length)

let depth = 0

/** Runs `f`; where tfjs's wasm backend has no memory for one of its ops, that raises `out-of-memory`. */
export const guarding = <T>(f: () => T): T => {
  if (depth === 0) guard(tf.backend())
  depth++
  try {
    return f()
  } finally {
    depth--
  }
}

const guarded = new WeakSet<object>()

const guard = (backend: object): void => {
  if (guarded.has(backend)) return
  guarded.add(backend)
  const { wasm } = backend as Partial<WasmBackend>
  if (typeof wasm?._malloc !== 'function') return
  // The first call only puts the allocator into its place.
  wasm._free?.(wasm._malloc(8))
  const allocate = wasm._malloc
  wasm._malloc = (bytes) => {
    const address = bytes < MOST ? allocate(bytes) : 0
    if (depth > 0 && bytes > 0 && !isInside(wasm, address, bytes)) throw fullWasm(bytes)
    return address
  }
}
