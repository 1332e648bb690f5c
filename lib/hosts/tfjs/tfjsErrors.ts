/** What tfjs says when it cannot run or differentiate a loss, as errors of this library. */

import * as tf from '@tensorflow/tfjs-core'
import { ForegradError } from '../../errors/error.ts'
import { noGradientOfKernel, noGradientsAtAll, noKernel, numbersRead } from '../../errors/tfjs.ts'

const missingGradient = (kernel: string): ForegradError =>
  tf.getGradient('Multiply') === undefined ? noGradientsAtAll(kernel) : noGradientOfKernel(kernel)

/** The error that stands for what was thrown: the very same, unless tfjs threw it and has no word for what to do. */
export const translated = (error: unknown): unknown => {
  if (!(error instanceof Error) || error instanceof ForegradError) return error
  const [, op] = /gradient function not found for (\w+)/.exec(error.message) ?? []
  if (op !== undefined) return missingGradient(op)
  const [, kernel, backend] = /Kernel '(\w+)' not registered for backend '(\w+)'/.exec(error.message) ?? []
  if (kernel !== undefined && backend !== undefined) return noKernel(kernel, backend)
  // The WebGPU backend reads at once only where there is a canvas.
  if (/OffscreenCanvas is not defined/.test(error.message)) return numbersRead()
  return error
}
