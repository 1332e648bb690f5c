import * as tf from '@tensorflow/tfjs-core'
import { raiseFaults, soundFaults } from '../../check/check.ts'
import { type Excess, noExcess } from '../../data/excess.ts'
import { type Tree, treeLeaves, treeWithLeaves } from '../../data/tree.ts'
import { tensorsAdvice } from '../../errors/trees.ts'
import type { Grads, ParamsLike } from '../../form/transformation.ts'
import type { ValueAndGradsOf } from '../host.ts'
import { checkConnected } from './connection.ts'
import { checkLoss, checkLossFunction } from './loss.ts'
import { recorded, recording } from './tape.ts'
import { tensorLeaf } from './tensorLeaf.ts'
import { translated } from './tfjsErrors.ts'
import { guarding } from './wasm/guarding.ts'

/** The loss and its gradient with respect to every leaf of the parameters. */
export interface ValueAndGrads<P = Grads> extends ValueAndGradsOf<P, tf.Scalar> {}

/** The tensors, with a new handle for each that is somebody's, or stands in the list already. */
const ownHandles = (tensors: readonly tf.Tensor[], isOwn: (tensor: tf.Tensor) => boolean): tf.Tensor[] => {
  const seen = new Set<tf.Tensor>()
  return tensors.map((tensor) => {
    const own = isOwn(tensor) && !seen.has(tensor)
    seen.add(tensor)
    return own ? tensor : tf.clone(tensor)
  })
}

/** The tensors, with a new handle for each that stands in the list already: tfjs has one gradient for a handle, the sum over its places. */
const apart = (tensors: tf.Tensor[]): tf.Tensor[] => {
  if (new Set(tensors).size === tensors.length) return tensors
  const seen = new Set<tf.Tensor>()
  return tensors.map((tensor) => {
    if (seen.has(tensor)) return tf.clone(tensor)
    seen.add(tensor)
    return tensor
  })
}

/**
 * The loss and its gradients, as a function of the parameters and a batch.
 *
 *     value = loss(params, ...batch);  grads = ∂value/∂params, leaf by leaf
 *
 * Shapes: `grads` is shaped like `params`; a leaf that the loss does not use has the gradient 0. One tensor at two places of the parameters
 * is two leaves, and each place has its own derivative: weights are tied by using one leaf twice in the loss. The caller disposes both
 * results: every leaf has a handle of its own, also where a gradient written by hand returns a tensor that somebody holds.
 *
 * Errors: `tree-mismatch` and `disposed-tensor` for the parameters; `bad-argument` when the loss is async or no float32 scalar, and
 * `disposed-tensor` when it is disposed; `no-gradient` when no parameter leads to it; `missing-gradients` when tfjs has no gradient of an op
 * (import `foregrad/gradients`), `unsupported` when the backend lacks an op; `out-of-memory` on wasm, with the bytes asked for. Whatever a loss throws, no tensor that was made on the way is left.
 */
export const valueAndGrad = <P extends ParamsLike<P>, Batch extends readonly unknown[]>(
  loss: (params: P, ...batch: Batch) => tf.Tensor,
  ...excess: Excess
): ((params: P, ...batch: Batch) => ValueAndGrads<P>) => {
  noExcess('valueAndGrad', excess)
  return (params, ...batch) => {
    checkLossFunction(loss)
    raiseFaults(soundFaults(params, 'params', tensorLeaf), tensorsAdvice)
    try {
      const run = () => recording(() => tf.tidy(() => taken(loss, params, batch) as never))
      return guarding(run) as unknown as ValueAndGrads<P>
    } catch (error) {
      throw translated(error)
    }
  }
}

const taken = <P extends ParamsLike<P>, Batch extends readonly unknown[]>(
  loss: (params: P, ...batch: Batch) => tf.Tensor,
  params: P,
  batch: Batch,
): ValueAndGrads<P> => {
  // Tensors are numbered as they are made: what is numbered below this one was there before.
  const first = tf.scalar(0).id
  const isOwn = (tensor: tf.Tensor): boolean => tensor.id > first && !tensor.kept
  const leaves = apart(treeLeaves(params as Tree<tf.Tensor>))
  const given = treeWithLeaves(params as Tree<tf.Tensor>, leaves) as P
  const forward = (): tf.Tensor => {
    const result = loss(given, ...batch)
    checkLoss(result, isOwn)
    checkConnected(recorded(), leaves, result)
    // A handle of its own: the caller disposes the value, and a loss may return a parameter, or what somebody keeps.
    return isOwn(result) && !leaves.includes(result) ? result : tf.clone(result)
  }
  const { value, grads } = tf.engine().gradients(forward, leaves, undefined, true)
  const found = leaves.map((leaf, i) => grads[i] ?? tf.zerosLike(leaf))
  return { value: value as tf.Scalar, grads: treeWithLeaves(params as Tree<tf.Tensor>, ownHandles(found, isOwn)) as P }
}
