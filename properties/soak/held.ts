import * as tf from '@tensorflow/tfjs-core'

/** What a program holds at one moment. */
export interface Held {
  readonly tensors: number
  readonly buffers: number
  /** The memory of tfjs's wasm backend, which never shrinks; 0 on other backends. */
  readonly wasmBytes: number
  /** JavaScript objects in use, after a collection. */
  readonly jsBytes: number
}

const wasmBytes = (): number => {
  const { wasm } = tf.backend() as unknown as { readonly wasm?: { readonly HEAPU8?: Uint8Array } }
  return wasm?.HEAPU8?.byteLength ?? 0
}

/** Collects until nothing more goes: what waits for the event loop to turn is let go, too. */
const collect = async (): Promise<number> => {
  for (let before = Number.POSITIVE_INFINITY; ; ) {
    await new Promise((turned) => setImmediate(turned))
    globalThis.gc!()
    const { heapUsed } = process.memoryUsage()
    if (heapUsed >= before) return before
    before = heapUsed
  }
}

/** What is held now. Needs `node --expose-gc`. */
export const heldNow = async (): Promise<Held> => {
  const jsBytes = await collect()
  const { numTensors, numDataBuffers } = tf.memory()
  return { tensors: numTensors, buffers: numDataBuffers, wasmBytes: wasmBytes(), jsBytes }
}
