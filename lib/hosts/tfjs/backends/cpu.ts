import * as tf from '@tensorflow/tfjs-core'
import { notStarted } from '../../../errors/backends.ts'
import { missing, type Opener } from './attempt.ts'

/** tfjs's plain JavaScript backend: runs everywhere, slower than the others by far. */
export const openCpu: Opener = async () => {
  try {
    await import('@tensorflow/tfjs-backend-cpu')
  } catch (error) {
    missing('@tensorflow/tfjs-backend-cpu')(error)
  }
  if (!(await tf.setBackend('cpu'))) throw notStarted()
  return { simd: false, threads: 1, notes: [] }
}
