import * as tf from '@tensorflow/tfjs-core'
import type { ForegradError } from '../../errors/error.ts'
import { lossHasDtype, lossHasShape, lossIsAsync, lossIsDisposed, lossIsNoTensor, noLoss } from '../../errors/tfjs.ts'
import { isTensor } from './tensor.ts'

const isThenable = (x: unknown): x is PromiseLike<unknown> =>
  typeof x === 'object' && x !== null && typeof (x as { then?: unknown }).then === 'function'

/** What is wrong with the result of a loss; nothing where it is a float32 scalar. */
const wrong = (value: unknown): ForegradError | undefined => {
  if (isThenable(value)) return lossIsAsync()
  if (!isTensor(value) || !(value instanceof tf.Tensor)) return lossIsNoTensor(value)
  if (value.isDisposed) return lossIsDisposed()
  if (value.rank !== 0) return lossHasShape(value.shape)
  return value.dtype === 'float32' ? undefined : lossHasDtype(value.dtype)
}

/** Raises `bad-argument` for what is no function of the parameters, and for an async one, of which nothing has run then. */
export const checkLossFunction = (loss: unknown, path?: string, makes?: string): void => {
  if (typeof loss !== 'function') throw noLoss(loss, path, makes)
  if (Object.prototype.toString.call(loss) === '[object AsyncFunction]') throw lossIsAsync(path, makes)
}

/** Raises what is wrong with the result of a loss; tensors are `own` that the loss itself made. */
export const checkLoss = (value: unknown, own: (tensor: tf.Tensor) => boolean): void => {
  const error = wrong(value)
  if (error === undefined) return
  if (isThenable(value)) giveBackLater(value, own)
  throw error
}

/** What a promise comes to is nobody's when its loss was refused; and its failure has been told already. */
const giveBackLater = (value: PromiseLike<unknown>, own: (tensor: tf.Tensor) => boolean): void => {
  const giveBack = (result: unknown): void => {
    if (isTensor(result) && !result.isDisposed && own(result)) result.dispose()
  }
  value.then(giveBack, () => undefined)
}
