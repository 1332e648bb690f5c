/** The numbers of a tensor, waited for where they are on a device. */

import * as tf from '@tensorflow/tfjs-core'
import { stageNotNow } from '../../errors/tfjs.ts'

/** Errors: `unsupported` on a backend that cannot be waited for, as WebGPU in Node. */
export const readNow = (x: tf.Tensor, notNow = stageNotNow): ArrayLike<number> => {
  try {
    return x.dataSync()
  } catch (error) {
    throw notNow(tf.getBackend(), error)
  }
}
