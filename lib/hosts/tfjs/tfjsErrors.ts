/** What tfjs says when it cannot run or differentiate a loss, as errors of this library. */
import * as tf from '@tensorflow/tfjs-core'
import { ForegradError } from '../../errors/error.ts'
import { noGradient } from './connection.ts'

const at = 'valueAndGrad: loss'

const missingGradient = (kernel: string): ForegradError => {
  if (tf.getGradient('Multiply') === undefined) {
    const fault = { path: 'valueAndGrad', expected: `the gradient of ${kernel}`, got: 'none registered' }
    const advice = "tfjs-core alone has no gradients: import 'foregrad/gradients' once, before training."
    return new ForegradError('missing-gradients', [fault], advice)
  }
  const fault = { path: at, expected: 'ops that tfjs can differentiate', got: kernel }
  const advice =
    'Take another op, give this one a gradient with tf.customGrad, or keep it off the way from params to the loss.'
  return new ForegradError('missing-gradients', [fault], advice)
}

const missingKernel = (kernel: string, backend: string): ForegradError => {
  const fault = { path: at, expected: `ops that the ${backend} backend has`, got: kernel }
  return new ForegradError('unsupported', [fault], 'Take other ops for it, or another backend with useBackend.')
}

/** The error that stands for what was thrown: the very same, unless tfjs threw it and has no word for what to do. */
export const translated = (error: unknown): unknown => {
  if (!(error instanceof Error) || error instanceof ForegradError) return error
  const [, op] = /gradient function not found for (\w+)/.exec(error.message) ?? []
  if (op !== undefined) return missingGradient(op)
  const [, kernel, backend] = /Kernel '(\w+)' not registered for backend '(\w+)'/.exec(error.message) ?? []
  if (kernel !== undefined && backend !== undefined) return missingKernel(kernel, backend)
  // The WebGPU backend reads at once only where there is a canvas.
  if (/OffscreenCanvas is not defined/.test(error.message))
    return noGradient('numbers read out with dataSync or arraySync')
  return error
}
