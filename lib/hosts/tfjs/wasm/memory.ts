/**
 * What is done when tfjs's WebAssembly memory is full. tfjs goes on with a tensor at address 0 and writes there, over what the module keeps at its
 * bottom; this library raises `out-of-memory` instead. Tensors of its own it looks at when they are made. Within `guarding` tfjs's allocator raises
 * it for every op; outside of it tfjs stays as it is.
 */
import * as tf from '@tensorflow/tfjs-core'
import { ForegradError } from '../../../errors/error.ts'
import { dataOf, type WasmBackend } from './backend.ts'

/** Addresses are numbers of 32 bits: what is larger would be cut to less. */
const MOST = 2 ** 32

const advice =
  'Dispose of tensors that are done with, take smaller leaves or batches, or step with donate: true, which needs no memory beside the gradients.'

const outOfMemory = (bytes: number): ForegradError => {
  const fault = { path: 'memory', expected: `room for ${bytes} bytes`, got: "none in tfjs's WebAssembly memory" }
  return new ForegradError('out-of-memory', [fault], advice)
}

/** A new tensor of the backend, its elements as the memory was left. Errors: `out-of-memory`, with nothing made. */
export const makeOutput = (backend: WasmBackend, shape: readonly number[], dtype: tf.DataType): tf.TensorInfo => {
  const size = tf.util.sizeFromShape([...shape])
  const bytes = size * tf.util.bytesPerElement(dtype)
  if (bytes >= MOST) throw outOfMemory(bytes)
  const made = backend.makeOutput([...shape], dtype)
  const data = dataOf(backend, made)
  if (size === 0 || isInside(backend.wasm, data.memoryOffset, bytes)) return made
  // What lies outside must not be given out again.
  data.memoryOffset = 0
  backend.disposeData(made.dataId)
  throw outOfMemory(bytes)
}

/** True where the allocator found bytes: near the end of four gigabytes it answers with some that lie partly behind the end, too. */
const isInside = ({ HEAPU8 }: WasmBackend['wasm'], address: number, bytes: number): boolean =>
  address !== 0 && (HEAPU8 === undefined || (address >>> 0) + bytes <= HEAPU8.length)

/** Whether the backend has memory for so many bytes. */
export const hasRoom = ({ wasm }: WasmBackend, bytes: number): boolean => {
  if (!wasm._malloc) return true
  const address = bytes < MOST ? wasm._malloc(bytes) : 0
  const found = isInside(wasm, address, bytes)
  if (found) wasm._free?.(address)
  return found || bytes === 0
}

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
    if (depth > 0 && bytes > 0 && !isInside(wasm, address, bytes)) throw outOfMemory(bytes)
    return address
  }
}
