/**
 * The fused engines, loaded when their backend is opened.
 *
 * Each is a module of its own: a program that never opens WebGPU does not load its kernels. `useBackend` waits for the engine of the backend it
 * opens; where a program sets a backend by tfjs's own means, the first run asks for the engine and goes on by tfjs ops until it is there.
 */
import * as tf from '@tensorflow/tfjs-core'
import type { Engine } from '../engine.ts'
import { tensorsEngine } from './tensors.ts'

type AnyEngine = Engine<tf.Tensor, unknown>

/** An engine's module: the engine of the active backend, or why it has none, as a clause. */
export interface Fused {
  readonly engine: () => AnyEngine | undefined
  readonly whyNot: () => string | undefined
}

const loaders: { readonly [backend in string]?: () => Promise<Fused> } = {
  wasm: async () => {
    const { wasmEngine, whyNotWasm } = await import('./wasm/engine.ts')
    return { engine: () => wasmEngine(tensorsEngine), whyNot: () => whyNotWasm(tensorsEngine) }
  },
  webgpu: async () => {
    const { webgpuEngine, whyNoWebgpuEngine } = await import('./webgpu/engine.ts')
    return { engine: () => webgpuEngine(tensorsEngine), whyNot: () => whyNoWebgpuEngine(tensorsEngine) }
  },
}

const loaded = new Map<string, Fused>()
const loading = new Map<string, Promise<Fused>>()

/** Loads the fused engine of a backend; does nothing for a backend that has none. */
export const loadEngine = async (backend: string): Promise<Fused | undefined> => {
  const load = loaders[backend]
  if (!load) return undefined
  const pending = loading.get(backend) ?? load()
  loading.set(backend, pending)
  const fused = await pending
  loaded.set(backend, fused)
  return fused
}

/** The engine for the active backend: fused where there is one and it is loaded, else tfjs ops. */
export const tensorEngine = (): AnyEngine => {
  const backend = tf.getBackend()
  const fused = loaded.get(backend)
  if (!fused && loaders[backend] && !loading.has(backend)) void loadEngine(backend).catch(() => undefined)
  return fused?.engine() ?? (tensorsEngine as AnyEngine)
}
