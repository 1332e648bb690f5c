import * as tf from '@tensorflow/tfjs-core'
import { missing, type Opener, Refused } from './attempt.ts'

/** tfjs's plain JavaScript backend: runs everywhere, slower than the others by far. */
export const openCpu: Opener = async () => {
  try {
    await import('@tensorflow/tfjs-backend-cpu')
  } catch (error) {
    missing('@tensorflow/tfjs-backend-cpu')(error)
  }
  if (!(await tf.setBackend('cpu'))) throw new Refused('a backend that does not start', 'See what tfjs printed above.')
  return { simd: false, threads: 1, notes: [] }
}
