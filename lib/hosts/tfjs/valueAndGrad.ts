import * as tf from '@tensorflow/tfjs-core'
import { isTensor, raiseFaults, soundFaults, tensorLeaf } from '../../check/check.ts'
import { describe, ForegradError } from '../../data/error.ts'
import { treeLeaves, treeWithLeaves } from '../../data/tree.ts'
import type { Grads, Params } from '../../form/transformation.ts'

/** A loss: one number for parameters and a batch. */
export type Loss<Batch extends readonly unknown[]> = (params: Params, ...batch: Batch) => tf.Scalar

/** The loss and its gradient with respect to every leaf of the parameters. */
export interface ValueAndGrads {
  readonly value: tf.Scalar
  readonly grads: Grads
}

const missingGradients = (message: string): ForegradError => {
  const kernel = /gradient function not found for (\w+)/.exec(message)?.[1]
  const fault = { path: 'valueAndGrad', expected: `the gradient of ${kernel ?? 'every op'}`, got: 'none registered' }
  const advice = "tfjs-core alone has no gradients: import 'foregrad/gradients' once, before training."
  return new ForegradError('missing-gradients', [fault], advice)
}

const checkLoss = (value: unknown): void => {
  const scalar = isTensor(value) && value.size === 1 && value.rank === 0
  if (scalar) return
  const got = isTensor(value) ? `a tensor of shape [${value.shape.join(', ')}]` : describe(value)
  const fault = { path: 'valueAndGrad: loss', expected: 'a scalar tensor', got }
  throw new ForegradError('bad-argument', [fault], 'Reduce the loss to one number, with tf.mean for instance.')
}

/** The tensors, with a new handle for each that was there before the tensor `first`, is kept by somebody, or stands in the list already. */
const ownHandles = (tensors: readonly tf.Tensor[], first: number): tf.Tensor[] => {
  const seen = new Set<tf.Tensor>()
  return tensors.map((tensor) => {
    const own = tensor.id > first && !tensor.kept && !seen.has(tensor)
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
 * Errors: `tree-mismatch` and `disposed-tensor` for the parameters, `bad-argument` when the loss is no scalar, `missing-gradients` when
 * tfjs has no gradients (import `foregrad/gradients`).
 */
export const valueAndGrad =
  <P extends Params, Batch extends readonly unknown[]>(loss: (params: P, ...batch: Batch) => tf.Scalar) =>
  (params: P, ...batch: Batch): ValueAndGrads => {
    raiseFaults(soundFaults(params, 'params', tensorLeaf), 'Give a tree of float32 tensors.')
    const build = (xs: readonly tf.Tensor[]) => treeWithLeaves<tf.Tensor, tf.Tensor>(params, xs) as P
    try {
      return tf.tidy(() => {
        // Tensors are numbered as they are made: what is numbered below this one was there before.
        const first = tf.scalar(0).id
        const leaves = apart(treeLeaves<tf.Tensor>(params))
        const { value, grads } = tf.engine().gradients(
          () => {
            const result = loss(build(leaves), ...batch)
            checkLoss(result)
            // A handle of its own: the caller disposes the value, and a loss may return one of the parameters.
            return leaves.includes(result) ? (tf.clone(result) as tf.Scalar) : result
          },
          leaves,
          undefined,
          true,
        )
        const found = ownHandles(
          leaves.map((leaf, i) => grads[i] ?? tf.zerosLike(leaf)),
          first,
        )
        return { value, grads: treeWithLeaves<tf.Tensor, tf.Tensor>(params, found) } as never
      }) as unknown as ValueAndGrads
    } catch (error) {
      if (error instanceof Error && /gradient function not found/.test(error.message))
        throw missingGradients(error.message)
      throw error
    }
  }
