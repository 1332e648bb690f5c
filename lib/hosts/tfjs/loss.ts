import * as tf from '@tensorflow/tfjs-core'
import { describe, ForegradError } from '../../errors/error.ts'
import { isTensor } from './tensor.ts'

const asyncLoss = 'a Promise (the loss is async)'

const isThenable = (x: unknown): x is PromiseLike<unknown> =>
  typeof x === 'object' && x !== null && typeof (x as { then?: unknown }).then === 'function'

/** What is wrong with the result of a loss, in words; nothing where it is a float32 scalar. */
const wrong = (value: unknown): string | undefined => {
  if (isThenable(value)) return asyncLoss
  if (!isTensor(value) || !(value instanceof tf.Tensor)) return describe(value)
  if (value.isDisposed) return 'a disposed tensor'
  if (value.rank !== 0) return `a tensor of shape [${value.shape.join(', ')}]`
  return value.dtype === 'float32' ? undefined : `a scalar of dtype ${value.dtype}`
}

const advice = (got: string): string => {
  if (got === asyncLoss)
    return 'Give a function that returns the loss at once: numbers are read from `value` after the step.'
  if (got === 'a disposed tensor') return 'Return the loss alive: the caller disposes it.'
  if (got.startsWith('a scalar of dtype'))
    return 'Cast what the loss is made of to float32: integers have no derivative.'
  return 'Reduce the loss to one number, with tf.mean for instance.'
}

const place = 'valueAndGrad: loss'

const lossError = (got: string, path = place, expected = 'a scalar tensor'): ForegradError => {
  const fault = { path, expected, got }
  return new ForegradError(got === 'a disposed tensor' ? 'disposed-tensor' : 'bad-argument', [fault], advice(got))
}

/** Raises `bad-argument` for what is no function of the parameters, and for an async one, of which nothing has run then. */
export const checkLossFunction = (loss: unknown, path = place, makes = 'a scalar tensor'): void => {
  if (typeof loss !== 'function') {
    const fault = { path, expected: 'a function of the parameters', got: describe(loss) }
    throw new ForegradError('bad-argument', [fault], `Give a function that returns ${makes}.`)
  }
  if (Object.prototype.toString.call(loss) === '[object AsyncFunction]') throw lossError(asyncLoss, path, makes)
}

/** Raises what is wrong with the result of a loss; tensors are `own` that the loss itself made. */
export const checkLoss = (value: unknown, own: (tensor: tf.Tensor) => boolean): void => {
  const got = wrong(value)
  if (got === undefined) return
  if (isThenable(value)) giveBackLater(value, own)
  throw lossError(got)
}

/** What a promise comes to is nobody's when its loss was refused; and its failure has been told already. */
const giveBackLater = (value: PromiseLike<unknown>, own: (tensor: tf.Tensor) => boolean): void => {
  const giveBack = (result: unknown): void => {
    if (isTensor(result) && !result.isDisposed && own(result)) result.dispose()
  }
  value.then(giveBack, () => undefined)
}
