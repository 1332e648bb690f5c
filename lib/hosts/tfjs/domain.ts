/** The two kinds of leaves that transformations run on: tensors of tfjs, and plain numbers. */
import * as tf from '@tensorflow/tfjs-core'
import { tensorLeaf } from '../../check/check.ts'
import { isAlive } from '../../check/tensor.ts'
import { describe } from '../../data/error.ts'
import type { Domain } from '../../form/given.ts'
import type { Engine } from '../engine.ts'
import { float64Engine, NdArray } from '../float64/engine.ts'
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

export const tensorDomain: Domain<tf.Tensor> = {
  engine: tensorEngine,
  check: tensorLeaf,
  isAlive,
  functions: (form) => form.tensors,
  projections: (form) => form.tensors,
}

export const numberDomain: Domain<NdArray> = {
  engine: () => float64Engine as Engine<NdArray, unknown>,
  isAlive: () => true,
  check: (leaf, shape) => {
    const expected = shape ? `numbers of shape [${shape.join(', ')}]` : 'numbers'
    if (!(leaf instanceof NdArray)) return { expected, got: describe(leaf) }
    const same = !shape || (shape.length === leaf.shape.length && shape.every((d, i) => d === leaf.shape[i]))
    return same ? undefined : { expected, got: `shape [${leaf.shape.join(', ')}]` }
  },
  functions: (form) => form.float64,
  projections: (form) => form.float64,
}
