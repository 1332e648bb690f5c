/** tfjs as a host: float32 tensors, on the engine of the active backend. */
import type * as tf from '@tensorflow/tfjs-core'
import type { Host } from '../host.ts'
import { tensorEngine } from './engines.ts'
import { tensorOps } from './ops.ts'
import { areAlive } from './tensor.ts'
import { tensorLeaf } from './tensorLeaf.ts'

export const tfjsHost: Host<tf.Tensor> = {
  name: 'tfjs',
  engine: tensorEngine,
  check: tensorLeaf,
  areAlive,
  ops: tensorOps,
}
