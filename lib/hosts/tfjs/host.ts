/** tfjs as a host: float32 tensors, on the engine of the active backend. */
import * as tf from '@tensorflow/tfjs-core'
import type { Engine } from '../engine.ts'
import type { Host } from '../host.ts'
import { isAlive } from './tensor.ts'
import { tensorLeaf } from './tensorLeaf.ts'
import { tensorsEngine } from './tensors.ts'
import { wasmEngine } from './wasm/engine.ts'
import { webgpuEngine } from './webgpu/engine.ts'

/** The fused engines by tfjs backend; each answers with nothing where it cannot work. */
const fused: { readonly [backend in string]?: () => Engine<tf.Tensor, unknown> | undefined } = {
  wasm: wasmEngine,
  webgpu: webgpuEngine,
}

/** The engine for the active backend: fused where there is one, else tfjs ops. */
export const tensorEngine = (): Engine<tf.Tensor, unknown> =>
  fused[tf.getBackend()]?.() ?? (tensorsEngine as Engine<tf.Tensor, unknown>)

export const tfjsHost: Host<tf.Tensor> = {
  name: 'tfjs',
  engine: tensorEngine,
  check: tensorLeaf,
  isAlive,
}
