/** The numbers of a tensor, waited for where they are on a device. */
import * as tf from '@tensorflow/tfjs-core'
import { raise } from '../../errors/error.ts'

/** Errors: `unsupported` on a backend that cannot be waited for, as WebGPU in Node. */
export const readNow = (
  x: tf.Tensor,
  path = 'array stage',
  advice = 'Take another backend for it.',
): ArrayLike<number> => {
  try {
    return x.dataSync()
  } catch (error) {
    const fault = { path, expected: 'a backend that can be read at once', got: tf.getBackend() }
    raise('unsupported', [fault], `${advice} (${(error as Error).message})`)
    throw error
  }
}
