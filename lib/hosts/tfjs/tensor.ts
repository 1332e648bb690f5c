/** Whether a value is a tensor, and whether its numbers can still be had. */

import * as tf from '@tensorflow/tfjs-core'
import { unknownTensor } from '../../errors/tfjs.ts'
import { disposed, released } from '../../errors/trees.ts'

type Backend = ReturnType<typeof tf.engine>['backend']
/** What tfjs knows of its running backend, without starting one. */
type Running = { readonly backendInstance: Backend | null }

/** What a tensor of another copy of tfjs has, too. */
const isLikeTensor = (x: object): boolean => {
  const { dataId, shape, dtype, isDisposed, dataSync, dispose } = x as Partial<tf.Tensor>
  const [data, sizes, functions] = [typeof dataId === 'object', Array.isArray(shape), [dataSync, dispose]]
  return data && sizes && typeof dtype === 'string' && typeof isDisposed === 'boolean' && functions.every(isFunction)
}

const isFunction = (x: unknown): boolean => typeof x === 'function'

/** True for a tensor of whichever copy of tfjs: with two copies in a process `instanceof` fails. */
export const isTensor = (x: unknown): x is tf.Tensor =>
  x instanceof tf.Tensor || (typeof x === 'object' && x !== null && isLikeTensor(x))

const isRegistered = (backend: Backend): boolean => Object.values(tf.engine().registry).includes(backend)

let last: Backend | null = null
let anyReleased = false

/** True once a backend that ran here has gone: from then on every tensor is asked for its own. */
const mayBeReleased = (): boolean => {
  const now = (tf.engine() as unknown as Running).backendInstance
  if (now !== last) {
    if (last && !isRegistered(last)) anyReleased = true
    last = now
  }
  return anyReleased
}

/** Why the numbers of a tensor cannot be had; nothing where they can. */
export const unreadable = (x: tf.Tensor): string | undefined => {
  if (x.isDisposed !== false) return disposed
  const found = typeof x.dataId === 'object' ? tf.engine().state.tensorInfo.get(x.dataId) : undefined
  if (!found) return unknownTensor
  return isRegistered(found.backend) ? undefined : released
}

/** True where tensors that were checked before may all still be read. */
export const areAlive = (list: readonly (tf.Tensor | undefined)[]): boolean => {
  const asks = mayBeReleased()
  for (const x of list) if (x && (x.isDisposed || (asks && unreadable(x) !== undefined))) return false
  return true
}

/** The cheap way to say of a float32 tensor that nothing is wrong with it. */
export const isSound = (x: unknown): x is tf.Tensor =>
  x instanceof tf.Tensor &&
  x.isDisposed === false &&
  x.dtype === 'float32' &&
  tf.engine().state.tensorInfo.has(x.dataId) &&
  !(mayBeReleased() && unreadable(x) !== undefined)
