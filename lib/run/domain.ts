/** The two kinds of leaves that transformations run on: tensors of tfjs, and plain numbers. */
import * as tf from '@tensorflow/tfjs-core'
import type { Engine } from '../engines/engine.ts'
import { float64Engine, NdArray } from '../engines/float64.ts'
import { tensorsEngine } from '../engines/tensors.ts'
import { tensorLeaf } from './check.ts'
import type { Domain } from './runForm.ts'

/** A fused engine for a tfjs backend, or the reason why there is none. */
export type FusedEngine = () => Engine<tf.Tensor, unknown> | undefined

const fused = new Map<string, FusedEngine>()

/** Names the fused engine of a backend; `tensorEngine` uses it while that backend is active. */
export const registerFusedEngine = (backend: string, engine: FusedEngine): void => {
  fused.set(backend, engine)
}

/** The engine for the active backend: fused where there is one, else tfjs ops. */
export const tensorEngine = (): Engine<tf.Tensor, unknown> =>
  fused.get(tf.getBackend())?.() ?? (tensorsEngine as Engine<tf.Tensor, unknown>)

export const tensorDomain: Domain<tf.Tensor> = {
  engine: tensorEngine,
  check: tensorLeaf,
  functions: (form) => form.tensors,
}

export const numberDomain: Domain<NdArray> = {
  engine: () => float64Engine as Engine<NdArray, unknown>,
  check: (leaf, shape) => {
    const expected = shape ? `numbers of shape [${shape.join(', ')}]` : 'numbers'
    if (!(leaf instanceof NdArray)) return { expected, got: String(leaf) }
    const same = !shape || (shape.length === leaf.shape.length && shape.every((d, i) => d === leaf.shape[i]))
    return same ? undefined : { expected, got: `shape [${leaf.shape.join(', ')}]` }
  },
  functions: (form) => form.float64,
}
