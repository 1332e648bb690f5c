/** What this library asks tfjs's WebAssembly memory for: a tensor of its own is looked at when it is made, and a full memory raises `out-of-memory`. */
import * as tf from '@tensorflow/tfjs-core'
import { fullWasm } from '../../../errors/memory.ts'
import { dataOf, type WasmBackend } from './backend.ts'
import { isInside, MOST } from './guarding.ts'

/** A new tensor of the backend, its elements as the memory was left. Errors: `out-of-memory`, with nothing made. */
export const makeOutput = (backend: WasmBackend, shape: readonly number[], dtype: tf.DataType): tf.TensorInfo => {
  const size = tf.util.sizeFromShape([...shape])
  const bytes = size * tf.util.bytesPerElement(dtype)
  if (bytes >= MOST) throw fullWasm(bytes)
  const made = backend.makeOutput([...shape], dtype)
  const data = dataOf(backend, made)
  if (size === 0 || isInside(backend.wasm, data.memoryOffset, bytes)) return made
  // What lies outside must not be given out again.
  data.memoryOffset = 0
  backend.disposeData(made.dataId)
  throw fullWasm(bytes)
}

/** Whether the backend has memory for so many bytes. */
export const hasRoom = ({ wasm }: WasmBackend, bytes: number): boolean => {
  if (!wasm._malloc) return true
  const address = bytes < MOST ? wasm._malloc(bytes) : 0
  const found = isInside(wasm, address, bytes)
  if (found) wasm._free?.(address)
  return found || bytes === 0
}
